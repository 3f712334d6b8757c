#include "net/tls.h"

#include <gtest/gtest.h>

#include <openssl/ssl.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <cstdlib>
#include <fstream>
#include <random>

#include "crypto/certificate.h"
#include "crypto/digest.h"
#include "net/fake_session.h"
#include "net/server.h"
#include "net/test_client.h"

namespace allod::net {
namespace {

using namespace testing;

const std::string kSslRequest = StartupBody(Int32(80877103)), kGssRequest = StartupBody(Int32(80877104));

void WriteFile(const std::string& path, std::string_view text, mode_t mode) {
  std::ofstream(path, std::ios::trunc) << text;
  ASSERT_EQ(::chmod(path.c_str(), mode), 0);
}

// A certificate and its key in files of the test's own.
TlsFiles MakeFiles(const std::string& name, mode_t key_mode = 0600) {
  auto made = crypto::MakeSelfSigned({"localhost", "127.0.0.1"});
  EXPECT_TRUE(made.ok());
  TlsFiles files{::testing::TempDir() + name + ".crt", ::testing::TempDir() + name + ".key", ""};
  WriteFile(files.certificate, made->certificate, 0644);
  WriteFile(files.key, made->key, key_mode);
  return files;
}

// A client's side of TLS: what it wants to send and what it has got, as bytes.
class ClientTls {
 public:
  explicit ClientTls(int newest = TLS1_3_VERSION) : context_(SSL_CTX_new(TLS_client_method())) {
    SSL_CTX_set_max_proto_version(context_, newest);
    channel_ = SSL_new(context_);
    SSL_set_bio(channel_, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
    SSL_set_connect_state(channel_);
  }
  ~ClientTls() {
    SSL_free(channel_);
    SSL_CTX_free(context_);
  }
  std::string Output() {
    std::string bytes;
    char chunk[4096];
    for (int count; (count = BIO_read(SSL_get_wbio(channel_), chunk, sizeof(chunk))) > 0;) bytes.append(chunk, static_cast<size_t>(count));
    return bytes;
  }
  std::string Hello() {
    SSL_do_handshake(channel_);
    return Output();
  }
  // Over the client's socket. False if it fails.
  bool Shake(TestClient& client) {
    for (;;) {
      int result = SSL_do_handshake(channel_);
      client.Send(Output());
      if (result == 1) return true;
      if (SSL_get_error(channel_, result) != SSL_ERROR_WANT_READ || !Fill(client)) return false;
    }
  }
  void Send(TestClient& client, std::string_view bytes) {
    while (!bytes.empty()) {
      std::string_view part = bytes.substr(0, 100'000);
      ASSERT_EQ(SSL_write(channel_, part.data(), static_cast<int>(part.size())), static_cast<int>(part.size()));
      client.Send(Output());
      bytes.remove_prefix(part.size());
    }
  }
  Received Receive(TestClient& client) {
    std::string header = Bytes(client, 5);
    if (header.size() < 5) return {};
    size_t length = 0;
    for (size_t i = 1; i < 5; ++i) length = length << 8 | static_cast<unsigned char>(header[i]);
    return {header[0], Bytes(client, length - 4)};
  }
  // Types of all messages up to and with `last`; "." at the end of the connection.
  std::string Until(TestClient& client, char last) {
    std::string types;
    for (;;) {
      Received message = Receive(client);
      if (message.type == 0) return types + ".";
      types += message.type;
      if (message.type == 'E') error = message;
      if (message.type == last) return types;
    }
  }
  SSL* channel() { return channel_; }
  Received error;

 private:
  bool Fill(TestClient& client) {
    pollfd entry{client.fd(), POLLIN, 0};
    char chunk[4096];
    if (::poll(&entry, 1, 10'000) <= 0) return false;
    ssize_t count = ::recv(client.fd(), chunk, sizeof(chunk), 0);
    if (count <= 0) return false;
    BIO_write(SSL_get_rbio(channel_), chunk, static_cast<int>(count));
    return true;
  }
  std::string Bytes(TestClient& client, size_t count) {
    std::string bytes;
    while (bytes.size() < count) {
      char chunk[65536];
      int got = SSL_read(channel_, chunk, static_cast<int>(std::min(sizeof(chunk), count - bytes.size())));
      if (got > 0) {
        bytes.append(chunk, static_cast<size_t>(got));
        continue;
      }
      bool more = SSL_get_error(channel_, got) == SSL_ERROR_WANT_READ;
      client.Send(Output());
      if (!more || !Fill(client)) break;
    }
    return bytes;
  }
  SSL_CTX* context_;
  SSL* channel_;
};

class TlsTest : public ::testing::Test {
 protected:
  void Start(ServerOptions options = {}, bool offered = true) {
    if (offered) {
      auto context = TlsContext::Load(MakeFiles("server"));
      ASSERT_TRUE(context.ok()) << context.status().error().message;
      options.tls = *context;
    }
    options.listen = {{"127.0.0.1", 0}};
    options.threads = 2;
    auto server = Server::Start(options, backend_);
    ASSERT_TRUE(server.ok()) << server.status().error().message;
    server_ = *std::move(server);
  }
  static ServerOptions Trust() {
    ServerOptions options;
    options.auth = AuthMethod::kTrust;
    return options;
  }
  // What a connection answers to `bytes`, up to its end or for half a second.
  std::string Answer(const std::string& bytes) {
    TestClient client(server_->port());
    client.Send(bytes);
    ::shutdown(client.fd(), SHUT_WR);
    return client.Bytes(10'000, 2000);
  }
  static bool Encrypt(TestClient& client, ClientTls& tls) {
    client.Send(kSslRequest);
    return client.Bytes(1) == "S" && tls.Shake(client);
  }
  bool Serves() {
    TestClient client(server_->port());
    client.Send(Startup());
    return client.Until('Z') == "RSSKZ";
  }

  FakeBackend backend_;
  std::unique_ptr<Server> server_;
};

TEST_F(TlsTest, CarriesEverything) {
  Start(Trust());
  TestClient client(server_->port());
  ClientTls tls;
  ASSERT_TRUE(Encrypt(client, tls));
  EXPECT_EQ(SSL_version(tls.channel()), TLS1_3_VERSION);
  tls.Send(client, Startup() + Query("rows 1"));
  EXPECT_EQ(tls.Until(client, 'Z'), "RSSKZ");
  EXPECT_EQ(tls.Until(client, 'Z'), "TDCZ");
  // More than a record, than a buffer and than what a connection holds before it sends: both ways.
  tls.Send(client, Query("rows 300 10000"));
  EXPECT_EQ(tls.Until(client, 'Z'), "T" + std::string(300, 'D') + "CZ");
  std::string text(3'000'000, 'y');
  tls.Send(client, Parse("", "echo") + Bind("", "", {"7", text}) + Execute("") + Sync());
  EXPECT_EQ(tls.Receive(client).type, '1');
  EXPECT_EQ(tls.Receive(client).type, '2');
  EXPECT_EQ(tls.Receive(client).body, Int16(2) + Int32(1) + "7" + Int32(3'000'000) + text);
  EXPECT_EQ(tls.Until(client, 'Z'), "CZ");
  // New keys, many times over.
  for (int i = 0; i < 50; ++i) {
    SSL_key_update(tls.channel(), SSL_KEY_UPDATE_REQUESTED);
    tls.Send(client, Query("rows 1"));
    EXPECT_EQ(tls.Until(client, 'Z'), "TDCZ");
  }
  tls.Send(client, Message('X', ""));
  EXPECT_EQ(tls.Until(client, 'Z'), ".");
  EXPECT_NE(SSL_get_shutdown(tls.channel()) & SSL_RECEIVED_SHUTDOWN, 0);  // an end, not a break
}

// CVE-2021-23222 and its like: what came before the handshake is never taken for what came through it.
TEST_F(TlsTest, NothingBeforeTheHandshakeSurvivesIt) {
  Start(Trust());
  ClientTls hello;
  const std::string bytes = hello.Hello();
  for (const std::string& injected : {std::string("x"), Startup(), Query("rows 1"), Startup() + Query("rows 1"), bytes, kSslRequest,
                                      kGssRequest, std::string(8000, 'x')}) {
    std::string answer = Answer(kSslRequest + injected);
    ASSERT_FALSE(answer.empty());
    EXPECT_EQ(answer[0], 'E') << injected.size();
    EXPECT_NE(answer.find("08P01"), std::string::npos);
    EXPECT_NE(answer.find("received unencrypted data after SSL request"), std::string::npos);
  }
  // After the S nothing but TLS is heard: no startup packet in the clear is answered.
  for (const std::string& injected : {std::string("x"), Startup(), Query("rows 1"), kSslRequest, std::string(8000, '\x16')}) {
    TestClient client(server_->port());
    client.Send(kSslRequest);
    ASSERT_EQ(client.Bytes(1), "S");
    client.Send(injected);
    ::shutdown(client.fd(), SHUT_WR);
    std::string answer = client.Bytes(10'000, 2000);
    EXPECT_TRUE(answer.empty() || answer[0] == '\x15') << injected.size();  // an alert, or nothing
  }
  EXPECT_TRUE(Serves());
}

// Mutated and divided handshakes: whatever comes, it ends, and others are served. ALLOD_FUZZ_SECONDS and ALLOD_FUZZ_SEED as for the
// wire protocol.
TEST_F(TlsTest, MutatedHandshakesDoNoHarm) {
  Start(Trust());
  const char* seed = std::getenv("ALLOD_FUZZ_SEED");
  const char* seconds = std::getenv("ALLOD_FUZZ_SECONDS");
  std::mt19937 random(seed != nullptr ? static_cast<uint32_t>(std::atoll(seed)) : 20'000'101);
  auto below = [&](size_t n) { return static_cast<size_t>(random() % n); };
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(seconds != nullptr ? std::atoll(seconds) : 0);
  for (int i = 0; i < 300 || std::chrono::steady_clock::now() < end; ++i) {
    ClientTls hello;
    std::string bytes = kSslRequest + hello.Hello();
    for (size_t changes = 1 + below(3); changes > 0 && !bytes.empty(); --changes) {
      size_t at = below(bytes.size());
      switch (below(4)) {
        case 0: bytes[at] = static_cast<char>(random()); break;
        case 1: bytes.resize(at); break;
        case 2: bytes.insert(at, 1 + below(8), static_cast<char>(random())); break;
        default: bytes.erase(at, 1 + below(8)); break;
      }
    }
    std::string answer = Answer(bytes);
    // The greeting of a session would begin with R.
    EXPECT_TRUE(answer.empty() || answer[0] == 'E' || answer[0] == 'S' || answer[0] == '\x15' || answer[0] == 'N') << i;
    EXPECT_EQ(answer.find("server_version"), std::string::npos) << i;
  }
  // Byte by byte it is the same handshake.
  TestClient client(server_->port());
  for (char c : kSslRequest) client.Send({&c, 1});
  ASSERT_EQ(client.Bytes(1), "S");
  ClientTls tls;
  for (char c : tls.Hello()) client.Send({&c, 1});
  EXPECT_TRUE(tls.Shake(client));
}

TEST_F(TlsTest, OlderVersionsAreRefused) {
  Start(Trust());
  TestClient client(server_->port());
  client.Send(kSslRequest);
  ASSERT_EQ(client.Bytes(1), "S");
  ClientTls tls(TLS1_2_VERSION);
  EXPECT_FALSE(tls.Shake(client));
  EXPECT_TRUE(Serves());
}

TEST_F(TlsTest, DirectNegotiationIsRefusedInItsOwnLanguage) {
  Start(Trust());
  ClientTls hello;
  EXPECT_EQ(Answer(hello.Hello()), std::string("\x15\x03\x03\x00\x02\x02\x78", 7));
  EXPECT_TRUE(Serves());
}

TEST_F(TlsTest, TlsIsAskedForOnce) {
  Start(Trust());
  TestClient client(server_->port());
  ClientTls tls;
  ASSERT_TRUE(Encrypt(client, tls));
  tls.Send(client, kSslRequest);
  EXPECT_EQ(tls.Until(client, 'Z'), "E.");
  EXPECT_EQ(tls.error.Field('C'), "08P01");
}

TEST_F(TlsTest, OffAnswersNoAndGoesOn) {
  Start(Trust(), false);
  TestClient client(server_->port());
  client.Send(kSslRequest);
  ASSERT_EQ(client.Bytes(1), "N");
  client.Send(Startup());
  EXPECT_EQ(client.Until('Z'), "RSSKZ");
}

TEST_F(TlsTest, RequiredMeansRequired) {
  ServerOptions options = Trust();
  options.tls_required = true;
  options.socket_directory = ::testing::TempDir();
  Start(options);
  TestClient client(server_->port());
  client.Send(Startup());
  EXPECT_EQ(client.Until('Z'), "E.");
  EXPECT_EQ(client.error.Field('C'), "28000");
  // But not on the Unix socket, which never offers it.
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::string path = options.socket_directory + "/.s.PGSQL." + std::to_string(server_->port());
  path.copy(address.sun_path, sizeof(address.sun_path) - 1);
  int fd = ::socket(AF_UNIX, SOCK_STREAM, 0);
  ASSERT_EQ(::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
  ASSERT_GT(::send(fd, kSslRequest.data(), kSslRequest.size(), 0), 0);
  char answer = 0;
  ASSERT_EQ(::recv(fd, &answer, 1, 0), 1);
  EXPECT_EQ(answer, 'N');
  std::string startup = Startup();
  ASSERT_GT(::send(fd, startup.data(), startup.size(), 0), 0);
  ASSERT_EQ(::recv(fd, &answer, 1, 0), 1);
  EXPECT_EQ(answer, 'R');
  ::close(fd);
}

TEST_F(TlsTest, ScramIsBoundToTheChannel) {
  backend_.logins["ada"] = {true, false, crypto::MakeScramVerifier("secret")};
  Start();
  struct {
    const char* mechanism;
    std::string first;
    std::string_view code;
  } cases[] = {{"SCRAM-SHA-256", "y,,n=,r=nonce", "28000"},  // it was offered, and the client was not told
               {"SCRAM-SHA-256-PLUS", "n,,n=,r=nonce", "08P01"},
               {"SCRAM-SHA-256", "p=tls-server-end-point,,n=,r=nonce", "08P01"},
               {"SCRAM-SHA-256-PLUS", "p=tls-exporter,,n=,r=nonce", "08P01"}};
  for (const auto& c : cases) {
    TestClient client(server_->port());
    client.Send(kSslRequest);
    ASSERT_EQ(client.Bytes(1), "S");
    ClientTls tls;
    ASSERT_TRUE(tls.Shake(client));
    tls.Send(client, Startup({"user", "ada", "database", "allod"}));
    EXPECT_EQ(tls.Receive(client).body, Int32(10) + Text("SCRAM-SHA-256-PLUS") + Text("SCRAM-SHA-256") + '\0');
    tls.Send(client, Message('p', Text(c.mechanism) + Int32(static_cast<int64_t>(c.first.size())) + c.first));
    EXPECT_EQ(tls.Until(client, 'Z'), "E.") << c.first;
    EXPECT_EQ(tls.error.Field('C'), c.code) << c.first;
  }
  // Without TLS it is not offered, and not taken.
  TestClient client(server_->port());
  client.Send(Startup({"user", "ada", "database", "allod"}));
  EXPECT_EQ(client.Receive().body, Int32(10) + Text("SCRAM-SHA-256") + '\0');
  client.Send(Message('p', Text("SCRAM-SHA-256-PLUS") + Int32(34) + "p=tls-server-end-point,,n=,r=nonce"));
  EXPECT_EQ(client.Until('Z'), "E.");
  EXPECT_EQ(client.error.Field('C'), "08P01");
}

TEST(TlsContextTest, TheEndPointIsTheCertificatesHash) {
  auto made = crypto::MakeSelfSigned({"localhost"});
  ASSERT_TRUE(made.ok());
  TlsFiles files{::testing::TempDir() + "hash.crt", ::testing::TempDir() + "hash.key", ""};
  WriteFile(files.certificate, made->certificate, 0644);
  WriteFile(files.key, made->key, 0600);
  auto context = TlsContext::Load(files);
  ASSERT_TRUE(context.ok());
  // The PEM's body is the certificate.
  std::string body, der;
  std::istringstream lines(made->certificate);
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with("-")) body += line;
  }
  ASSERT_TRUE(crypto::FromBase64(body, &der));
  EXPECT_EQ((*context)->end_point(), crypto::Hash(crypto::Digest::kSha256, der));
}

TEST(TlsContextTest, UnusableFilesAreNamed) {
  TlsFiles good = MakeFiles("good"), other = MakeFiles("other");
  auto fails = [](const TlsFiles& files, std::string_view code, const std::string& named) {
    auto context = TlsContext::Load(files);
    ASSERT_FALSE(context.ok()) << named;
    EXPECT_EQ(context.status().error().sqlstate, code);
    EXPECT_NE(context.status().error().message.find(named), std::string::npos) << context.status().error().message;
  };
  for (mode_t mode : {0640, 0604, 0660, 0644, 0620}) fails(MakeFiles("open", mode), "F0000", "open.key");
  fails({good.certificate, good.key + ".none", ""}, "58030", "good.key.none");
  fails({good.certificate + ".none", good.key, ""}, "F0000", "good.crt.none");
  fails({good.certificate, other.key, ""}, "F0000", "other.key");
  fails({good.certificate, ::testing::TempDir(), ""}, "F0000", ::testing::TempDir());
  fails({good.certificate, good.key, good.certificate + ".none"}, "F0000", "good.crt.none");
  EXPECT_TRUE(TlsContext::Load(good).ok());
}

}  // namespace
}  // namespace allod::net
