// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/wire/content.h"
#include "core/wire/envelope.h"
#include "core/wire/frame.h"
#include "core/wire/limits.h"
#include "tests/support/fakes.h"
#include "tests/support/test_main.h"

#include <QFile>
#include <QRegularExpression>
#include <QTest>

using namespace kith;
using namespace kith::wire;

namespace {

pb::Frame sendFrame() {
    pb::Frame frame;
    frame.set_id(7);
    pb::Send* send = frame.mutable_send();
    send->set_drop_id(std::string(16, 'd'));
    send->set_token(std::string(16, 't'));
    send->set_msg_id(std::string(16, 'm'));
    send->set_class_(pb::CLASS_DURABLE);
    send->set_ttl_s(3600);
    send->set_manifest_ver(1);
    pb::Item* item = send->add_items();
    item->set_device_id(5);
    item->set_body(std::string(100, 'b'));
    return frame;
}

WireCode decode(const pb::Frame& frame, Sender sender = Sender::Client) {
    pb::Frame out;
    return decodeFrame(view(encodeFrame(frame)), sender, limits::FrameMax, out);
}

pb::Content textContent() {
    pb::Content content;
    content.set_v(1);
    content.set_logical_id(std::string(16, 'l'));
    content.set_n(1);
    content.set_hlc(1);
    content.mutable_text()->set_body("hello");
    return content;
}

} // namespace

class TestFrame : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void aGoodSendPassesAndKeepsItsId() {
        pb::Frame out;
        QCOMPARE(decodeFrame(view(encodeFrame(sendFrame())), Sender::Client, limits::FrameMax, out), WireCode::None);
        QCOMPARE(out.id(), 7U);
        QCOMPARE(out.send().items(0).body().size(), 100U);
    }
    void everyWrongWidthIsMalformed() {
        const auto broken = [](auto change) {
            pb::Frame frame = sendFrame();
            change(*frame.mutable_send());
            return decode(frame);
        };
        QCOMPARE(broken([](auto& s) { s.set_drop_id("short"); }), WireCode::Malformed);
        QCOMPARE(broken([](auto& s) { s.set_token("x"); }), WireCode::Malformed);
        QCOMPARE(broken([](auto& s) { s.set_msg_id(std::string(17, 'm')); }), WireCode::Malformed);
        QCOMPARE(broken([](auto& s) { s.set_class_(pb::CLASS_UNSPECIFIED); }), WireCode::Malformed);
        QCOMPARE(broken([](auto& s) { s.set_class_(static_cast<pb::Class>(9)); }), WireCode::Malformed);
        QCOMPARE(broken([](auto& s) { s.clear_items(); }), WireCode::Malformed);
        QCOMPARE(broken([](auto& s) { s.mutable_items(0)->set_device_id(0); }), WireCode::Malformed);
        QCOMPARE(broken([](auto& s) { s.mutable_items(0)->set_device_id(0x80000000U); }), WireCode::Malformed);
        QCOMPARE(broken([](auto& s) { *s.add_items() = s.items(0); }), WireCode::Malformed); // one device twice
        QCOMPARE(broken([](auto& s) { s.mutable_items(0)->set_body(std::string(limits::BodyMax + 1, 'b')); }),
                 WireCode::TooBig);
        QCOMPARE(broken([](auto& s) { s.mutable_items(0)->set_body(std::string(limits::BodyMax, 'b')); }),
                 WireCode::None);
    }
    void bodiesOfTheOtherSideAndUnknownBodiesAreUnsupported() {
        QCOMPARE(decode(sendFrame(), Sender::Relay), WireCode::Unsupported);
        pb::Frame welcome;
        welcome.mutable_ok();
        QCOMPARE(decode(welcome, Sender::Client), WireCode::Unsupported);
        pb::Frame unknown;
        unknown.set_id(9);
        const QByteArray future = encodeFrame(unknown) + QByteArray::fromHex("9a0500"); // field 83, empty
        pb::Frame out;
        QCOMPARE(decodeFrame(view(future), Sender::Client, limits::FrameMax, out), WireCode::Unsupported);
        QCOMPARE(out.id(), 9U);
    }
    void unknownFieldsAreIgnored() {
        const QByteArray bytes = encodeFrame(sendFrame()) + QByteArray::fromHex("98b80101"); // field 2947, varint 1
        pb::Frame out;
        QCOMPARE(decodeFrame(view(bytes), Sender::Client, limits::FrameMax, out), WireCode::None);
    }
    void sizeIsCheckedBeforeParsing() {
        pb::Frame out;
        QCOMPARE(decodeFrame(view(QByteArray(1025, 'x')), Sender::Client, 1024, out), WireCode::TooBig);
    }
    void garbageNeverPassesAndNeverCrashes() {
        test::SeededRandom random(test::seed());
        const QByteArray good = encodeFrame(sendFrame());
        pb::Frame out;
        for (int round = 0; round < 20'000; ++round) {
            QByteArray bytes = round % 2 == 0 ? random.bytes(random.below(200)) : good;
            for (std::uint64_t i = random.below(4); i > 0 && !bytes.isEmpty(); --i)
                bytes[static_cast<qsizetype>(random.below(static_cast<std::uint64_t>(bytes.size())))] =
                    static_cast<char>(random.below(256));
            const WireCode code = decodeFrame(view(bytes), Sender::Client, limits::FrameMax, out);
            if (code == WireCode::None && out.has_send()) {
                QCOMPARE(out.send().drop_id().size(), 16U);
                QCOMPARE(out.send().msg_id().size(), 16U);
            }
        }
    }
    void theIdOfARefusedFrameIsReadWithoutItsBody() {
        QCOMPARE(peekFrameId(view(encodeFrame(sendFrame()))), 7U);
        QCOMPARE(peekFrameId(view(QByteArray::fromHex("0809") + QByteArray("junk"))), 9U);
        for (const char* bytes : {"", "08", "08ff", "1009", "ffffffffffffffffffff"})
            QCOMPARE(peekFrameId(view(QByteArray::fromHex(bytes))), 0U);
    }
    /// What frame.proto knows, the table of frames knows: somebody may send it.
    void everyKindOfFrameHasItsRow() {
        QFile file(QStringLiteral("core/wire/frame.proto"));
        QVERIFY(file.open(QIODevice::ReadOnly));
        const QString bodies = QString::fromUtf8(file.readAll())
                                   .section(QStringLiteral("oneof body {"), 1)
                                   .section(QStringLiteral("  }"), 0, 0);
        auto rows = QRegularExpression(QStringLiteral("= (\\d+);")).globalMatch(bodies);
        int known = 0;
        for (; rows.hasNext(); ++known) {
            QByteArray message;
            auto tag = static_cast<std::uint32_t>(rows.next().captured(1).toInt()) << 3U | 2U;
            for (; tag > 127; tag >>= 7U)
                message.append(static_cast<char>(tag | 128U));
            message.append(static_cast<char>(tag)).append('\0'); // an empty body
            pb::Frame out;
            const bool isOfClients =
                decodeFrame(view(message), Sender::Client, limits::FrameMax, out) != WireCode::Unsupported;
            const bool isOfRelays =
                decodeFrame(view(message), Sender::Relay, limits::FrameMax, out) != WireCode::Unsupported;
            QVERIFY2(isOfClients || isOfRelays, message.toHex().constData());
        }
        QVERIFY(known > 30);
    }
    /// A list of empty entries costs whoever builds it a thousand times what it costs whoever sends it.
    void whatIsTooMuchIsRefusedBeforeItIsBuilt() {
        const auto refused = [](int body, const QByteArray& content) {
            QByteArray message = QByteArray::fromHex("0807"); // id 7
            const auto varint = [&message](std::uint32_t value) {
                for (; value > 127; value >>= 7U)
                    message.append(static_cast<char>(value | 128U));
                message.append(static_cast<char>(value));
            };
            varint(static_cast<std::uint32_t>(body) << 3U | 2U);
            varint(static_cast<std::uint32_t>(content.size()));
            message += content;
            pb::Frame out;
            const WireCode code = decodeFrame(view(message), Sender::Client, limits::FrameMax, out);
            return code == WireCode::Malformed && out.id() == 7 && out.body_case() == pb::Frame::BODY_NOT_SET;
        };
        QVERIFY(refused(20, QByteArray::fromHex("3a00").repeated(195'000)));   // SEND with empty items
        QVERIFY(refused(24, QByteArray::fromHex("1a00").repeated(195'000)));   // DESC_GET with empty relay_ids
        QVERIFY(refused(50, QByteArray::fromHex("9a0500").repeated(130'000))); // PING with unknown fields
        QVERIFY(
            refused(23, QByteArray::fromHex("1a") + QByteArray("\x90\x10") + QByteArray(2064, 'x'))); // a long CARD_GET
        QVERIFY(refused(20, QByteArray::fromHex("3aff7f00")));                                        // broken off
    }
    void deepNestingIsMalformed() {
        QByteArray nested;
        for (int depth = 0; depth < 100; ++depth)
            nested = QByteArray("\x1b", 1) + nested + QByteArray("\x1c", 1); // groups inside groups, field 3
        pb::Frame out;
        QCOMPARE(decodeFrame(view(nested), Sender::Client, limits::FrameMax, out), WireCode::Malformed);
    }
    void helloAndHelloOkAreChecked() {
        pb::Hello hello;
        pb::Hello parsed;
        hello.set_client_nonce(std::string(32, 'n'));
        QVERIFY(decodeHello(hello.SerializeAsString(), parsed));
        hello.set_agent(std::string(65, 'a'));
        QVERIFY(!decodeHello(hello.SerializeAsString(), parsed));
        pb::HelloOk ok;
        pb::HelloOk parsedOk;
        ok.set_relay_id(std::string(20, 'r'));
        ok.set_rk(std::string(32, 'k'));
        ok.set_nonce(std::string(32, 'n'));
        QVERIFY(!decodeHelloOk(ok.SerializeAsString(), parsedOk)); // no pin
        ok.add_leaf_pins(std::string(32, 'p'));
        QVERIFY(decodeHelloOk(ok.SerializeAsString(), parsedOk));
    }
    void sealsArePaddedToPowersOfTwoAndOnePaddingIsRight() {
        for (const std::size_t size : {1U, 900U, 1000U, 2000U, 5000U, 40'000U, 61'000U}) {
            pb::Seal seal;
            seal.set_v(1);
            seal.set_sender_account(std::string(20, 'a'));
            seal.set_sender_device(1);
            seal.set_ctype(pb::WHISPER);
            seal.set_ciphertext(std::string(size, 'c'));
            const auto padded = encodeSeal(seal);
            VERIFY_OK(padded);
            QVERIFY((padded->size() & (padded->size() - 1)) == 0 && padded->size() >= 1024 && padded->size() <= 65536);
            const auto read = decodeSeal(view(*padded));
            VERIFY_OK(read);
            QCOMPARE(read->SerializeAsString(), seal.SerializeAsString());
            QByteArray dirty = *padded;
            dirty[dirty.size() - 1] = 1;
            VERIFY_CODE(decodeSeal(view(dirty)), Code::Invalid);
            VERIFY_CODE(decodeSeal(view(*padded + QByteArray(padded->size(), '\0'))), Code::Invalid);
        }
        pb::Seal huge;
        huge.set_ciphertext(std::string(65'536, 'c'));
        VERIFY_CODE(encodeSeal(huge), Code::TooLarge);
    }
    void contentIsCheckedForEveryKind() {
        const auto decoded = [](auto change) {
            pb::Content content = textContent();
            change(content);
            return decodeContent(view(content.SerializeAsString()));
        };
        VERIFY_OK(decoded([](auto&) {}));
        VERIFY_CODE(decoded([](auto& c) { c.set_v(2); }), Code::Invalid);
        VERIFY_CODE(decoded([](auto& c) { c.set_n(0); }), Code::Invalid);
        VERIFY_CODE(decoded([](auto& c) { c.set_logical_id("x"); }), Code::Invalid);
        VERIFY_CODE(decoded([](auto& c) { c.set_hlc(1ULL << 63U); }), Code::Invalid);
        VERIFY_CODE(decoded([](auto& c) { c.mutable_text()->clear_body(); }), Code::Invalid);
        VERIFY_CODE(decoded([](auto& c) { c.mutable_text()->set_body(std::string(limits::TextMax + 1, 'x')); }),
                    Code::Invalid);
        VERIFY_CODE(decoded([](auto& c) { c.mutable_text()->set_body(std::string(60'000, 'x')); }), Code::TooLarge);
        VERIFY_CODE(decoded([](auto& c) { c.mutable_text()->set_body("\xff\xfe"); }), Code::Invalid); // not UTF-8
        VERIFY_OK(decoded([](auto& c) { c.clear_text(); })); // of a later version: its number counts
        VERIFY_OK(decoded([](auto& c) {
            c.clear_text();
            c.set_n(0);
        }));
        VERIFY_CODE(decoded([](auto& c) { c.mutable_receipt()->set_type(pb::RECEIPT_READ); }), Code::Invalid);
        VERIFY_CODE(decoded([](auto& c) {
                        pb::Range* range = c.mutable_gap_request()->add_ranges();
                        range->set_first(1);
                        range->set_last(1'000'000);
                    }),
                    Code::Invalid);
    }
    /// The table of PROTOCOL.md s4, read: what it does not list is not allowed.
    void theMatrixIsThatOfTheSpecification() {
        QFile file(QStringLiteral("core/wire/PROTOCOL.md"));
        QVERIFY(file.open(QIODevice::ReadOnly));
        const QString section = QString::fromUtf8(file.readAll())
                                    .section(QStringLiteral("## 4. "), 1)
                                    .section(QStringLiteral("\n## "), 0, 0);
        std::map<int, std::string> matrix; // c contact, g group, f front, s self; p plain, w whisper, k prekey
        for (const QString& line : section.split(u'\n')) {
            const QStringList cells = line.split(u'|');
            const bool isRow =
                cells.size() > 5 && cells[1].trimmed().contains(QRegularExpression(QStringLiteral("^\\d")));
            if (!isRow)
                continue;
            const QString rest = cells.mid(4).join(u' ');
            const QString ciphers = rest.contains(QLatin1String("PLAIN"))    ? QStringLiteral("p")
                                    : rest.contains(QLatin1String("PREKEY")) ? QStringLiteral("k")
                                                                             : QStringLiteral("wk");
            for (const QString& number :
                 cells[1].split(QRegularExpression(QStringLiteral("[, ]+")), Qt::SkipEmptyParts)) {
                QStringList numbers = number.split(u'-');
                for (int kind = numbers.front().toInt(); kind <= numbers.back().toInt(); ++kind)
                    for (const QString& drop :
                         cells[3].split(QRegularExpression(QStringLiteral("[, ]+")), Qt::SkipEmptyParts))
                        for (const QChar cipher : ciphers)
                            matrix[kind] += drop.toStdString() + static_cast<char>(cipher.toLatin1()) + ' ';
            }
        }
        QCOMPARE(matrix.size(), contentKinds().size());
        const std::pair<DropKind, char> drops[] = {{pb::DROP_CONTACT, 'c'},
                                                   {pb::DROP_GROUP, 'g'},
                                                   {pb::DROP_FRONT, 'f'},
                                                   {pb::DROP_SELF, 's'},
                                                   {pb::DROP_KIND_UNSPECIFIED, '-'}};
        const std::pair<pb::CipherType, char> ciphers[] = {{pb::PLAIN, 'p'}, {pb::WHISPER, 'w'}, {pb::PREKEY, 'k'}};
        for (int number = 0; number < 64; ++number) { // as far as the enumeration reaches
            const auto row = matrix.find(number);
            const ContentKind* kind = contentKind(static_cast<pb::Content::KindCase>(number));
            QCOMPARE(kind != nullptr, row != matrix.end());
            for (const auto& [drop, dropLetter] : drops)
                for (const auto& [cipher, cipherLetter] : ciphers) {
                    const std::string cell{dropLetter, cipherLetter};
                    const bool listed = kind != nullptr && row->second.find(cell) != std::string::npos;
                    QVERIFY2((kind != nullptr && kind->mayCome(drop, cipher)) == listed,
                             qPrintable(QStringLiteral("kind %1 in %2").arg(number).arg(QString::fromStdString(cell))));
                }
        }
    }
};
KITH_TEST(TestFrame)
#include "test_frame.moc"
