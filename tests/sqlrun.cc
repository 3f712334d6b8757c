// Runs a script of SQL statements against a server, one after the other, and writes down what was answered.
//
//   sqlrun [--protocol simple|extended] [--update] [--database NAME] SCRIPT.sql ...      (connects as libpq's PG* say)
//
// The transcript is compared with SCRIPT.out beside the script; --update writes it. It is the same for both protocols, except
// where the script says otherwise. In the extended protocol each statement is parsed, bound, described and executed; values
// come in text form.
//
// A statement ends at a semicolon at the end of a line, outside of quotes. Lines of their own steer:
//   -- connection: b              the next statements run on connection b; it is made at its first use, `main` is the first
//   -- disconnect: b              ends connection b as a client does that leaves; `-- drop: b` as one that is cut off
//   -- only: simple               the next statement runs in this protocol alone (or: extended)
//   -- params: 1 | 'a b' | NULL   parameters $1, $2, ... of the next statement, in extended even when simple is asked for
//   -- send                       the next statement is sent, and its answer is taken at the next `-- receive: b`
//   -- receive: b
// The lines behind a COPY ... FROM STDIN, up to one that is \. alone, are its data. Notifications are written down behind the
// statement with whose answer they came.
//   -- sleep: 100                 milliseconds
//   -- unordered                  the next statement's rows are written down in sorted order
//   -- hide: REGEX                (POSIX) in the next statement's answer every match is written <hidden>
#include <libpq-fe.h>
#include <regex.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iostream>
#include <map>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

namespace {

struct Options {
  bool extended = false;
  bool update = false;
  bool quiet = false;
  std::string database;
  std::vector<std::string> scripts;
};

// One statement and how to run it.
struct Step {
  enum class Kind { kStatement, kDisconnect, kDrop, kReceive, kSleep } kind = Kind::kStatement;
  std::string text, connection;
  int milliseconds = 0;
  bool has_params = false, send_only = false, unordered = false;
  std::vector<std::string> params;
  std::vector<bool> param_null;
  std::string only, hide;
  std::vector<std::string> data;  // what COPY ... FROM STDIN is sent, line by line
};

std::string Trim(const std::string& text) {
  size_t begin = text.find_first_not_of(" \t\r\n"), end = text.find_last_not_of(" \t\r\n");
  return begin == std::string::npos ? "" : text.substr(begin, end - begin + 1);
}

// Follows quotes, dollar quotes and comments, to know whether a semicolon ends the statement.
class Scanner {
 public:
  void Feed(const std::string& line) {
    ended_ = false;
    for (size_t i = 0; i < line.size(); ++i) {
      char c = line[i];
      if (!dollar_.empty()) {
        if (line.compare(i, dollar_.size(), dollar_) == 0) {
          i += dollar_.size() - 1;
          dollar_.clear();
        }
      } else if (quote_ != 0) {
        if (escapes_ && c == '\\') ++i;
        else if (c == quote_) quote_ = 0;
      } else if (comment_ > 0) {
        if (line.compare(i, 2, "*/") == 0) --comment_, ++i;
      } else if (line.compare(i, 2, "--") == 0) {
        return;
      } else if (line.compare(i, 2, "/*") == 0) {
        ++comment_, ++i;
      } else if (c == '\'' || c == '"') {
        quote_ = c;
        escapes_ = c == '\'' && i > 0 && (line[i - 1] == 'E' || line[i - 1] == 'e');
      } else if (c == '$') {
        size_t end = line.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_", i + 1);
        if (end != std::string::npos && line[end] == '$') {
          dollar_ = line.substr(i, end - i + 1);
          i = end;
        }
      } else if (c == ';') {
        ended_ = true;
      } else if (!std::isspace(static_cast<unsigned char>(c))) {
        ended_ = false;
      }
    }
  }
  bool ended() const { return ended_; }  // the last line fed ended with a semicolon
  bool open() const { return quote_ != 0 || comment_ > 0 || !dollar_.empty(); }

 private:
  char quote_ = 0;
  bool escapes_ = false, ended_ = false;
  int comment_ = 0;
  std::string dollar_;
};

void ParseParams(const std::string& text, Step* step) {
  std::string part;
  bool quoted = false, was_quoted = false;
  auto finish = [&] {
    std::string value = was_quoted ? part : Trim(part);
    step->param_null.push_back(!was_quoted && value == "NULL");
    step->params.push_back(value);
    part.clear();
    was_quoted = false;
  };
  for (size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (quoted) {
      if (c == '\'' && i + 1 < text.size() && text[i + 1] == '\'') part += c, ++i;
      else if (c == '\'') quoted = false;
      else part += c;
    } else if (c == '\'') {
      quoted = was_quoted = true;
      part.clear();
    } else if (c == '|') {
      finish();
    } else if (!was_quoted) {
      part += c;
    }
  }
  finish();
  step->has_params = true;
}

bool CopiesFromStdin(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::toupper(c); });
  return text.compare(0, 5, "COPY ") == 0 && text.find("FROM STDIN") != std::string::npos;
}

std::vector<Step> ReadScript(std::istream& in) {
  std::vector<Step> steps;
  Step next;
  std::string connection = "main", text, line;
  Scanner scanner;
  auto directive = [&](const std::string& name, std::string* value) {
    std::string prefix = "-- " + name;
    if (line.compare(0, prefix.size(), prefix) != 0) return false;
    std::string rest = line.substr(prefix.size());
    if (value == nullptr) return Trim(rest).empty();
    if (rest.empty() || rest[0] != ':') return false;
    *value = Trim(rest.substr(1));
    return true;
  };
  auto act = [&](Step::Kind kind, const std::string& on, int milliseconds = 0) {
    Step step;
    step.kind = kind;
    step.connection = on;
    step.milliseconds = milliseconds;
    steps.push_back(step);
  };
  while (std::getline(in, line)) {
    std::string value;
    if (text.empty()) {
      if (directive("connection", &value)) { connection = value; continue; }
      if (directive("disconnect", &value)) { act(Step::Kind::kDisconnect, value); continue; }
      if (directive("drop", &value)) { act(Step::Kind::kDrop, value); continue; }
      if (directive("receive", &value)) { act(Step::Kind::kReceive, value); continue; }
      if (directive("sleep", &value)) { act(Step::Kind::kSleep, "", std::atoi(value.c_str())); continue; }
      if (directive("only", &value)) { next.only = value; continue; }
      if (directive("hide", &value)) { next.hide = value; continue; }
      if (directive("params", &value)) { ParseParams(value, &next); continue; }
      if (directive("send", nullptr)) { next.send_only = true; continue; }
      if (directive("unordered", nullptr)) { next.unordered = true; continue; }
      std::string trimmed = Trim(line);
      if (trimmed.empty() || trimmed.compare(0, 2, "--") == 0) continue;
    }
    text += (text.empty() ? "" : "\n") + line;
    scanner.Feed(line);
    if (!scanner.ended() || scanner.open()) continue;
    next.text = Trim(text);
    next.connection = connection;
    if (CopiesFromStdin(next.text)) {
      while (std::getline(in, line) && line != "\\.") next.data.push_back(line);
    }
    steps.push_back(next);
    next = Step();
    text.clear();
    scanner = Scanner();
  }
  if (!Trim(text).empty()) {
    next.text = Trim(text);
    next.connection = connection;
    steps.push_back(next);
  }
  return steps;
}

class Runner {
 public:
  Runner(const Options& options) : options_(options) {}
  ~Runner() {
    for (auto& [name, connection] : connections_) PQfinish(connection);
  }

  bool Run(const std::vector<Step>& steps) {
    for (const Step& step : steps) {
      if (!Perform(step)) return false;
    }
    return true;
  }
  std::string transcript() const { return out_.str(); }

 private:
  struct Pending {
    bool unordered = false;
    std::string hide;
    std::vector<std::string> data;
  };

  PGconn* Connection(const std::string& name) {
    PGconn*& connection = connections_[name];
    if (connection == nullptr) {
      std::string info = options_.database.empty() ? "" : "dbname=" + options_.database;
      connection = PQconnectdb(info.c_str());
      if (PQstatus(connection) != CONNECTION_OK) {
        std::cerr << "sqlrun: " << PQerrorMessage(connection);
        std::exit(2);
      }
      PQsetNoticeReceiver(connection, &Runner::OnNotice, this);
    }
    return connection;
  }

  static void OnNotice(void* self, const PGresult* notice) { static_cast<Runner*>(self)->WriteError(notice); }

  bool Perform(const Step& step) {
    switch (step.kind) {
      case Step::Kind::kSleep:
        ::usleep(static_cast<useconds_t>(step.milliseconds) * 1000);
        return true;
      case Step::Kind::kDisconnect:
      case Step::Kind::kDrop: {
        auto it = connections_.find(step.connection);
        if (it == connections_.end()) return true;
        out_ << "-- " << (step.kind == Step::Kind::kDrop ? "drop" : "disconnect") << ": " << step.connection << "\n\n";
        // When nothing can be sent any more, libpq cannot say goodbye.
        if (step.kind == Step::Kind::kDrop) ::shutdown(PQsocket(it->second), SHUT_RDWR);
        PQfinish(it->second);
        connections_.erase(it);
        ::usleep(100'000);
        return true;
      }
      case Step::Kind::kReceive:
        out_ << "-- receive: " << step.connection << "\n";
        Receive(step.connection);
        return true;
      case Step::Kind::kStatement: break;
    }
    const char* protocol = options_.extended ? "extended" : "simple";
    if (!step.only.empty()) {
      // The other protocol's transcript holds a place for it: the expected file is one.
      out_ << "-- only: " << step.only << "\n";
      if (step.only != protocol) {
        skipped_.push_back(out_.str().size());
        out_ << "@@skip@@\n";
        return true;
      }
    }
    if (step.connection != last_connection_) {
      if (!(last_connection_.empty() && step.connection == "main")) out_ << "-- connection: " << step.connection << "\n";
      last_connection_ = step.connection;
    }
    PGconn* connection = Connection(step.connection);
    out_ << step.text << "\n";
    int sent;
    if (options_.extended || step.has_params) {
      std::string text = step.text;
      while (!text.empty() && (text.back() == ';' || std::isspace(static_cast<unsigned char>(text.back())))) text.pop_back();
      std::vector<const char*> values;
      for (size_t i = 0; i < step.params.size(); ++i) values.push_back(step.param_null[i] ? nullptr : step.params[i].c_str());
      sent = PQsendQueryParams(connection, text.c_str(), static_cast<int>(values.size()), nullptr, values.data(), nullptr, nullptr, 0);
    } else {
      sent = PQsendQuery(connection, step.text.c_str());
    }
    if (sent != 1) {
      out_ << "CONNECTION LOST\n\n";
      return true;
    }
    pending_[step.connection] = {step.unordered, step.hide, step.data};
    if (step.send_only) {
      PQflush(connection);
      ::usleep(100'000);  // so that it is under way before the next statement is sent elsewhere
      out_ << "(sent)\n\n";
      return true;
    }
    Receive(step.connection);
    return true;
  }

  void Receive(const std::string& name) {
    PGconn* connection = Connection(name);
    std::ostringstream saved;
    std::swap(saved, out_);
    bool any = false;
    while (PGresult* result = PQgetResult(connection)) {
      ExecStatusType status = PQresultStatus(result);
      if (status == PGRES_COPY_IN) {
        for (const std::string& line : pending_[name].data) {
          std::string bytes = line + "\n";
          PQputCopyData(connection, bytes.data(), static_cast<int>(bytes.size()));
        }
        PQputCopyEnd(connection, nullptr);
      } else if (status == PGRES_COPY_OUT) {
        char* bytes = nullptr;
        while (int size = PQgetCopyData(connection, &bytes, 0)) {
          if (size < 0) break;
          out_ << std::string(bytes, static_cast<size_t>(size));
          PQfreemem(bytes);
        }
      } else {
        Write(result, pending_[name].unordered);
      }
      PQclear(result);
      any = true;
      if (PQstatus(connection) != CONNECTION_OK) break;
    }
    if (!any) out_ << "(nothing)\n";
    PQconsumeInput(connection);
    while (PGnotify* notify = PQnotifies(connection)) {
      out_ << "NOTIFICATION:  " << notify->relname << " \"" << notify->extra << "\"" << (notify->be_pid == PQbackendPID(connection) ? " (own)" : "") << "\n";
      PQfreemem(notify);
    }
    std::swap(saved, out_);
    out_ << Hide(saved.str(), pending_[name].hide) << "\n";
  }

  std::string Hide(const std::string& text, const std::string& pattern) {
    if (pattern.empty()) return text;
    regex_t compiled;
    if (::regcomp(&compiled, pattern.c_str(), REG_EXTENDED) != 0) {
      std::cerr << "sqlrun: not a regular expression: " << pattern << "\n";
      std::exit(2);
    }
    std::string result;
    const char* at = text.c_str();
    regmatch_t match;
    while (*at != '\0' && ::regexec(&compiled, at, 1, &match, 0) == 0 && match.rm_eo > match.rm_so) {
      result.append(at, static_cast<size_t>(match.rm_so));
      result += "<hidden>";
      at += match.rm_eo;
    }
    ::regfree(&compiled);
    return result + at;
  }

  void WriteError(const PGresult* result) {
    auto field = [&](int code) { return PQresultErrorField(result, code); };
    const char* severity = field(PG_DIAG_SEVERITY_NONLOCALIZED);
    const char* state = field(PG_DIAG_SQLSTATE);
    const char* message = field(PG_DIAG_MESSAGE_PRIMARY);
    if (message == nullptr) {
      out_ << "CONNECTION LOST\n";
      return;
    }
    out_ << (severity != nullptr ? severity : "ERROR") << ":  " << (state != nullptr ? state : "?????") << ": " << message << "\n";
    if (const char* text = field(PG_DIAG_MESSAGE_DETAIL)) out_ << "DETAIL:  " << text << "\n";
    if (const char* text = field(PG_DIAG_MESSAGE_HINT)) out_ << "HINT:  " << text << "\n";
    if (const char* text = field(PG_DIAG_STATEMENT_POSITION)) out_ << "POSITION:  " << text << "\n";
    if (const char* text = field(PG_DIAG_CONTEXT)) out_ << "CONTEXT:  " << text << "\n";
    const std::pair<int, const char*> names[] = {{PG_DIAG_TABLE_NAME, "table"}, {PG_DIAG_COLUMN_NAME, "column"},
                                                 {PG_DIAG_CONSTRAINT_NAME, "constraint"}};
    std::string concerned;
    for (auto [code, label] : names) {
      if (const char* text = field(code)) concerned += (concerned.empty() ? "" : ", ") + std::string(label) + " " + text;
    }
    if (!concerned.empty()) out_ << "CONCERNS:  " << concerned << "\n";
  }

  void Write(PGresult* result, bool unordered) {
    switch (PQresultStatus(result)) {
      case PGRES_TUPLES_OK: {
        int columns = PQnfields(result), rows = PQntuples(result);
        for (int c = 0; c < columns; ++c) out_ << (c > 0 ? " | " : "") << PQfname(result, c);
        out_ << "\n";
        std::vector<std::string> lines;
        for (int r = 0; r < rows; ++r) {
          std::string line;
          for (int c = 0; c < columns; ++c) {
            line += c > 0 ? " | " : "";
            line += PQgetisnull(result, r, c) ? "NULL" : PQgetvalue(result, r, c);
          }
          lines.push_back(line);
        }
        if (unordered) std::sort(lines.begin(), lines.end());
        for (const std::string& line : lines) out_ << line << "\n";
        std::string tag = PQcmdStatus(result);
        bool select = tag.compare(0, 7, "SELECT ") == 0;
        out_ << "(" << rows << (rows == 1 ? " row" : " rows") << ")" << (select ? "" : " " + tag) << "\n";
        break;
      }
      case PGRES_COMMAND_OK: out_ << PQcmdStatus(result) << "\n"; break;
      case PGRES_EMPTY_QUERY: out_ << "(empty)\n"; break;
      default: WriteError(result); break;
    }
  }

  const Options& options_;
  std::ostringstream out_;
  std::map<std::string, PGconn*> connections_;
  std::map<std::string, Pending> pending_;
  std::string last_connection_;
  std::vector<size_t> skipped_;
};

std::string ReadFile(const std::string& path, bool* exists = nullptr) {
  std::ifstream in(path, std::ios::binary);
  if (exists != nullptr) *exists = in.good();
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

std::vector<std::string> Lines(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

// Blocks of `-- only: P` end at an empty line. A transcript of the other protocol has @@skip@@ there: the block is taken from
// the file that is already there, so that both protocols share it.
std::string FillSkipped(const std::string& transcript, const std::string& existing) {
  if (transcript.find("@@skip@@") == std::string::npos) return transcript;
  std::vector<std::vector<std::string>> blocks;
  std::vector<std::string> old = Lines(existing);
  for (size_t i = 0; i < old.size(); ++i) {
    if (old[i].compare(0, 9, "-- only: ") != 0) continue;
    std::vector<std::string> block;
    for (++i; i < old.size() && !old[i].empty(); ++i) block.push_back(old[i]);
    blocks.push_back(block);
  }
  std::string out;
  size_t index = 0;
  bool only = false;
  for (const std::string& line : Lines(transcript)) {
    if (line == "@@skip@@") {
      if (index - 1 < blocks.size()) {
        for (const std::string& kept : blocks[index - 1]) out += kept + "\n";
      }
      out += "\n";
      continue;
    }
    only = line.compare(0, 9, "-- only: ") == 0;
    if (only) ++index;
    out += line + "\n";
  }
  return out;
}

void PrintDifference(const std::string& name, const std::string& expected, const std::string& actual) {
  std::vector<std::string> a = Lines(expected), b = Lines(actual);
  size_t at = 0;
  while (at < a.size() && at < b.size() && a[at] == b[at]) ++at;
  std::cout << name << ": differs at line " << at + 1 << "\n";
  for (size_t i = at > 6 ? at - 6 : 0; i < at; ++i) std::cout << "    " << a[i] << "\n";
  for (size_t i = at; i < std::min(a.size(), at + 8); ++i) std::cout << "  - " << a[i] << "\n";
  for (size_t i = at; i < std::min(b.size(), at + 8); ++i) std::cout << "  + " << b[i] << "\n";
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  for (int i = 1; i < argc; ++i) {
    std::string word = argv[i];
    if (word == "--update") {
      options.update = true;
    } else if (word == "--protocol" && i + 1 < argc) {
      options.extended = std::strcmp(argv[++i], "extended") == 0;
    } else if (word == "--database" && i + 1 < argc) {
      options.database = argv[++i];
    } else if (word.compare(0, 2, "--") == 0) {
      std::cerr << "sqlrun: unknown option " << word << "\n";
      return 2;
    } else {
      options.scripts.push_back(word);
    }
  }
  int failed = 0;
  for (const std::string& script : options.scripts) {
    std::ifstream in(script);
    if (!in) {
      std::cerr << "sqlrun: cannot read " << script << "\n";
      return 2;
    }
    std::string expected_path = script.substr(0, script.rfind('.')) + ".out";
    bool exists = false;
    std::string expected = ReadFile(expected_path, &exists);
    Runner runner(options);
    runner.Run(ReadScript(in));
    std::string actual = FillSkipped(runner.transcript(), expected);
    if (options.update) {
      std::ofstream(expected_path, std::ios::binary) << actual;
    } else if (!exists || actual != expected) {
      ++failed;
      PrintDifference(script + " (" + (options.extended ? "extended" : "simple") + ")", expected, actual);
    }
  }
  return failed == 0 ? 0 : 1;
}
