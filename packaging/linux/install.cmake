# What `cmake --install` puts where, by the XDG conventions: the programs, the entry in the menu (which also takes
# kith:// links) and the icon.
include(GNUInstallDirs)
install(TARGETS kith kith-cli kith-relay RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(FILES ${CMAKE_CURRENT_LIST_DIR}/kith.desktop DESTINATION ${CMAKE_INSTALL_DATADIR}/applications)
install(FILES ${CMAKE_CURRENT_LIST_DIR}/kith.svg DESTINATION ${CMAKE_INSTALL_DATADIR}/icons/hicolor/scalable/apps)
