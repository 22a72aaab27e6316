# Two functions describe every target of the tree; nothing is found by globbing. Switches that hold for all targets:
#
#   KITH_WERROR, KITH_SANITIZE (for example "address,undefined"), KITH_HARDEN, KITH_PCH; CMakePresets.json combines them.
#
#   kith_add_library(wire SOURCES a.cpp ... [DEPENDS base ...] [PRIVATE_LIBS Qt6::Network ...] [PUBLIC_LIBS ...])
#       the static library kith_wire; DEPENDS names other modules.
#   kith_add_test(unit_base LABEL unit SOURCES test_a.cpp ... [DEPENDS base ...] [TIMEOUT seconds])
#       one executable of several QtTest classes (see tests/support/test_main.h), one ctest entry.

set(KITH_DEFINES
    QT_NO_CAST_FROM_ASCII QT_NO_CAST_TO_ASCII QT_NO_CAST_FROM_BYTEARRAY QT_NO_URL_CAST_FROM_STRING
    QT_NO_NARROWING_CONVERSIONS_IN_CONNECT QT_NO_FOREACH QT_NO_KEYWORDS QT_STRICT_ITERATORS
    KITH_VERSION="${PROJECT_VERSION}")
set(KITH_WARNINGS -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual)

set(KITH_SANITIZE "" CACHE STRING "Sanitizers, for example address,undefined")
option(KITH_PCH "Read the headers that everybody reads once" OFF)
option(KITH_HARDEN "Position independent programs with stack, string and relocation guards" OFF)

if(NOT CMAKE_CXX_COMPILER_LAUNCHER)
    find_program(KITH_CCACHE ccache)
    if(KITH_CCACHE)
        set(CMAKE_C_COMPILER_LAUNCHER ${KITH_CCACHE})
        set(CMAKE_CXX_COMPILER_LAUNCHER ${KITH_CCACHE})
    endif()
endif()

include(CheckPIESupported)
check_pie_supported()

if(KITH_SANITIZE)
    # A finding ends the program: a test that prints one and passes has not passed.
    add_compile_options(-fsanitize=${KITH_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
    add_link_options(-fsanitize=${KITH_SANITIZE})
endif()
if(KITH_FUZZ)
    # Everything counts its branches; only the targets bring libFuzzer's main().
    add_compile_options(-fsanitize=fuzzer-no-link)
    add_link_options(-fsanitize=fuzzer-no-link)
endif()
if(KITH_HARDEN)
    add_compile_options(-O2 -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2 -fstack-protector-strong)
    add_link_options(LINKER:-z,relro,-z,now)
endif()

function(kith_configure target)
    target_compile_definitions(${target} PRIVATE ${KITH_DEFINES})
    target_compile_options(${target} PRIVATE -fno-exceptions ${KITH_WARNINGS})
    if(KITH_WERROR)
        target_compile_options(${target} PRIVATE -Werror)
    endif()
    target_include_directories(${target} PUBLIC ${CMAKE_SOURCE_DIR})
    if(KITH_PCH AND NOT target MATCHES "^kith_pch_")
        # The last word: what a target links decides which of the two it can use.
        cmake_language(EVAL CODE "cmake_language(DEFER DIRECTORY ${CMAKE_SOURCE_DIR} CALL kith_reuse_pch ${target})")
    endif()
endfunction()

# The targets that hold the precompiled headers for all others.
function(kith_make_pch)
    if(NOT KITH_PCH)
        return()
    endif()
    foreach(kind core ui test test_ui)
        file(WRITE ${CMAKE_BINARY_DIR}/pch_${kind}.cpp "")
        add_library(kith_pch_${kind} OBJECT ${CMAKE_BINARY_DIR}/pch_${kind}.cpp)
        kith_configure(kith_pch_${kind})
        set_target_properties(kith_pch_${kind} PROPERTIES AUTOMOC OFF AUTORCC OFF)
        target_precompile_headers(kith_pch_${kind} PRIVATE ${CMAKE_SOURCE_DIR}/packaging/cmake/pch_${kind}.h)
    endforeach()
    target_link_libraries(kith_pch_core PRIVATE Qt6::Core)
    target_link_libraries(kith_pch_ui PRIVATE Qt6::Widgets)
    target_link_libraries(kith_pch_test PRIVATE Qt6::Test)
    target_link_libraries(kith_pch_test_ui PRIVATE Qt6::Widgets Qt6::Test)
endfunction()

function(kith_reuse_pch target)
    get_target_property(libraries ${target} LINK_LIBRARIES)
    set(kind core)
    if("${libraries}" MATCHES "kith_ui|Qt6::Widgets")
        set(kind ui)
    endif()
    if("${libraries}" MATCHES "Qt6::Test")
        string(REPLACE core test kind ${kind})
        string(REPLACE ui test_ui kind ${kind})
    endif()
    target_precompile_headers(${target} REUSE_FROM kith_pch_${kind})
endfunction()

function(kith_add_library name)
    cmake_parse_arguments(ARG "" "" "SOURCES;DEPENDS;PRIVATE_LIBS;PUBLIC_LIBS" ${ARGN})
    add_library(kith_${name} STATIC ${ARG_SOURCES})
    kith_configure(kith_${name})
    list(TRANSFORM ARG_DEPENDS PREPEND kith_)
    target_link_libraries(kith_${name} PUBLIC ${ARG_DEPENDS} ${ARG_PUBLIC_LIBS} PRIVATE ${ARG_PRIVATE_LIBS})
endfunction()

function(kith_add_test name)
    cmake_parse_arguments(ARG "" "LABEL;TIMEOUT" "SOURCES;DEPENDS;LIBS" ${ARGN})
    add_executable(${name} ${ARG_SOURCES})
    kith_configure(${name})
    list(TRANSFORM ARG_DEPENDS PREPEND kith_)
    target_link_libraries(${name} PRIVATE ${ARG_DEPENDS} ${ARG_LIBS} kith_test_support Qt6::Test)
    # Tests name files of the source tree by their path from its root.
    add_test(NAME ${name} COMMAND ${name} WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
    if(NOT ARG_TIMEOUT)
        set(ARG_TIMEOUT 120)
    endif()
    set_tests_properties(${name} PROPERTIES LABELS ${ARG_LABEL} TIMEOUT ${ARG_TIMEOUT})
endfunction()
