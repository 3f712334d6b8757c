// TLS as clients see it: psql and OpenSSL's own client against a server with its own certificate, and with given ones.
#include <sys/stat.h>

#include "e2e/server_process.h"

namespace allod::e2e {
namespace {

class Tls : public ::testing::Test {
 protected:
  // What the command prints, and its exit status.
  static std::string Shell(const std::string& command, int* status = nullptr) {
    std::string text;
    FILE* pipe = ::popen(("exec 2>&1 </dev/null; " + command).c_str(), "r");
    char chunk[4096];
    for (size_t count; (count = std::fread(chunk, 1, sizeof(chunk), pipe)) > 0;) text.append(chunk, count);
    int ended = ::pclose(pipe);
    if (status != nullptr) *status = WEXITSTATUS(ended);
    return text;
  }
  std::string Psql(const std::string& connection, const std::string& text = "SELECT 7 * 6") {
    return Shell("PGPASSFILE=" + server.data() + "/password PGCONNECT_TIMEOUT=10 timeout 20 psql -XAt \"port=" +
                 std::to_string(server.port()) + " user=allod dbname=allod " + connection + "\" -c \"" + text + "\"");
  }
  std::string File(const std::string& name) { return directory.path() + "/" + name; }
  // An authority, and certificates that it signs, in files NAME.crt and NAME.key.
  void MakeAuthority(const std::string& name) {
    Shell("openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=" + name + " -keyout " +
          File(name + ".key") + " -out " + File(name + ".crt"));
  }
  void Sign(const std::string& authority, const std::string& name, const std::string& subject, const std::string& more = "") {
    Shell("cd " + directory.path() + " && openssl req -newkey rsa:2048 -nodes -subj '" + subject + "' " + more + " -keyout " + name +
          ".key -out " + name + ".csr && openssl x509 -req -in " + name + ".csr -CA " + authority + ".crt -CAkey " + authority +
          ".key -CAcreateserial -days 2 -copy_extensions copy -out " + name + ".crt && chmod 600 " + name + ".key");
    ASSERT_TRUE(std::filesystem::exists(File(name + ".crt"))) << name;
  }
  Directory directory;
  ServerProcess server{directory.path() + "/data"};
};

TEST_F(Tls, PsqlConnectsByTheCertificateThatTheFirstStartMade) {
  server.arguments = {};
  ASSERT_TRUE(server.Start()) << server.log();
  const std::string certificate = server.data() + "/server.crt", key = server.data() + "/server.key";
  struct stat info;
  ASSERT_EQ(::stat(key.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
  EXPECT_EQ(Psql("host=127.0.0.1 sslmode=require"), "42\n");
  EXPECT_EQ(Psql("host=127.0.0.1 sslmode=require channel_binding=require"), "42\n");
  EXPECT_EQ(Psql("host=localhost sslmode=verify-full channel_binding=require sslrootcert=" + certificate), "42\n");
  EXPECT_EQ(Psql("host=127.0.0.1 sslmode=verify-full sslrootcert=" + certificate), "42\n");
  EXPECT_EQ(Psql("host=127.0.0.1 sslmode=disable"), "42\n");
  EXPECT_NE(Psql("host=127.0.0.1 sslmode=disable channel_binding=require").find("channel binding"), std::string::npos);
  // A name that is not in the certificate, an authority that did not make it, and a protocol that is too old.
  EXPECT_NE(Psql("host=allod.example hostaddr=127.0.0.1 sslmode=verify-full sslrootcert=" + certificate).find("does not match"),
            std::string::npos);
  MakeAuthority("other");
  EXPECT_NE(Psql("host=localhost sslmode=verify-full sslrootcert=" + File("other.crt")).find("certificate verify failed"), std::string::npos);
  EXPECT_NE(Psql("host=127.0.0.1 sslmode=require ssl_max_protocol_version=TLSv1.2").find("protocol version"), std::string::npos);
  // The next start keeps it.
  std::string before = ReadFile(certificate);
  EXPECT_EQ(server.Terminate(), 0);
  ASSERT_TRUE(server.Start()) << server.log();
  EXPECT_EQ(ReadFile(certificate), before);
  EXPECT_EQ(Psql("host=localhost sslmode=verify-full sslrootcert=" + certificate), "42\n");
}

TEST_F(Tls, OpensslsClientIsAnswered) {
  ASSERT_TRUE(server.Start()) << server.log();
  const std::string connect = "timeout 10 openssl s_client -connect 127.0.0.1:" + std::to_string(server.port()) + " ";
  std::string answer = Shell("sleep 1 | " + connect + "-starttls postgres -CAfile " + server.data() + "/server.crt");
  EXPECT_NE(answer.find("TLSv1.3"), std::string::npos) << answer;
  EXPECT_NE(answer.find("Verify return code: 0 (ok)"), std::string::npos) << answer;
  EXPECT_NE(answer.find("No ALPN negotiated"), std::string::npos) << answer;
  for (const char* old : {"-tls1_2", "-tls1_1 -cipher DEFAULT@SECLEVEL=0"}) {
    int status = 0;
    answer = Shell(connect + "-starttls postgres " + std::string(old), &status);
    EXPECT_NE(status, 0) << old;
    EXPECT_NE(answer.find("Cipher is (NONE)"), std::string::npos) << answer;
  }
  // Without asking first (sslnegotiation=direct): an alert, not noise.
  answer = Shell(connect);
  EXPECT_NE(answer.find("no application protocol"), std::string::npos) << answer;
}

TEST_F(Tls, RequiredRefusesTheRest) {
  server.arguments = {"--auth", "trust", "--tls", "required", "--socket", directory.path()};
  ASSERT_TRUE(server.Start()) << server.log();
  EXPECT_NE(Psql("host=127.0.0.1 sslmode=disable").find("connections without TLS are refused"), std::string::npos);
  EXPECT_EQ(Psql("host=127.0.0.1 sslmode=prefer"), "42\n");
  EXPECT_EQ(Psql("host=" + directory.path()), "42\n");
}

TEST_F(Tls, OffOffersNone) {
  server.arguments = {"--auth", "trust", "--tls", "off"};
  ASSERT_TRUE(server.Start()) << server.log();
  EXPECT_NE(Psql("host=127.0.0.1 sslmode=require").find("server does not support SSL"), std::string::npos);
  EXPECT_EQ(Psql("host=127.0.0.1 sslmode=prefer"), "42\n");
  EXPECT_FALSE(std::filesystem::exists(server.data() + "/server.key"));
}

TEST_F(Tls, GivenCertificatesAndClientsCertificates) {
  MakeAuthority("authority");
  MakeAuthority("stranger");
  Sign("authority", "server", "/CN=db.example", "-addext subjectAltName=DNS:db.example");
  Sign("authority", "allod", "/CN=allod");
  Sign("authority", "eve", "/CN=eve");
  Sign("authority", "two", "/CN=eve/CN=allod");
  Sign("stranger", "forged", "/CN=allod");
  server.arguments = {"--auth", "cert", "--tls-cert", File("server.crt"), "--tls-key", File("server.key"), "--tls-client-ca",
                      File("authority.crt")};
  ASSERT_TRUE(server.Start()) << server.log();
  auto attempt = [&](const std::string& name) {
    return Psql("host=db.example hostaddr=127.0.0.1 sslmode=verify-full sslrootcert=" + File("authority.crt") +
                (name.empty() ? "" : " sslcert=" + File(name + ".crt") + " sslkey=" + File(name + ".key")));
  };
  EXPECT_EQ(attempt("allod"), "42\n");
  EXPECT_NE(attempt("").find("connection requires a valid client certificate"), std::string::npos);
  EXPECT_NE(attempt("eve").find("certificate authentication failed for user \"allod\""), std::string::npos);
  EXPECT_NE(attempt("two").find("connection requires a valid client certificate"), std::string::npos);
  EXPECT_NE(attempt("forged").find("unknown ca"), std::string::npos) << attempt("forged");
  EXPECT_NE(Psql("host=127.0.0.1 sslmode=disable").find("connection requires a valid client certificate"), std::string::npos);
}

TEST_F(Tls, WhatCannotWorkIsRefusedAtTheStart) {
  MakeAuthority("authority");
  Sign("authority", "server", "/CN=db.example");
  auto refused = [&](std::vector<std::string> arguments, const std::string& why) {
    std::filesystem::remove(server.log_path());
    server.arguments = std::move(arguments);
    server.Spawn();
    EXPECT_NE(server.Wait(), 0);
    EXPECT_NE(server.log().find(why), std::string::npos) << server.log();
  };
  ::chmod(File("server.key").c_str(), 0640);
  refused({"--tls-cert", File("server.crt"), "--tls-key", File("server.key")}, "has group or world access");
  refused({"--tls-cert", File("server.crt")}, "belong together");
  refused({"--tls", "off", "--tls-client-ca", File("authority.crt")}, "contradicts");
  refused({"--auth", "cert"}, "--tls-client-ca");
  // The key that the first start made, opened to others since.
  server.arguments = {"--auth", "trust"};
  ASSERT_TRUE(server.Start()) << server.log();
  EXPECT_EQ(server.Terminate(), 0);
  ::chmod((server.data() + "/server.key").c_str(), 0644);
  refused({"--auth", "trust"}, "has group or world access");
}

}  // namespace
}  // namespace allod::e2e
