// The triggers that note row changes in settings of the transaction, for Capture to read.
//
// Each captured table has four, allod_capture_insert, _update, _delete and _truncate, on functions of their own in schema
// allod; a comment on the first says what it notes. INSERT and DELETE are noted by statement, out of transition tables.
// UPDATE is noted by row, and only where a watched column has changed, so that an update of anything else costs a look;
// on a partitioned table, where a row may move from one partition to another, by statement: PostgreSQL fills both transition
// tables in the same order. They fire always (ENABLE ALWAYS), for sessions whose setting allod.capture is not empty: those
// of this engine. What other programs write costs a look at that setting.
//
// Settings: allod.capture: the number of the watch; allod.changes_0, _1, ...: notes, in pieces so that a long transaction does
// not copy all of them for each; allod.change_chunk: the last piece; allod.change_rows: how many rows; allod.overflow: tables
// of which rows were not noted, because there were more than 10,000.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/engine.h"

namespace allod::engine::postgres {

// A table that is to be captured, as the catalogue has it.
struct CapturedTable {
  struct Column {
    std::string name;
    Oid type = 0;            // of a domain, its base type
    bool comparable = true;  // has an equality
  };
  std::string name;          // as the watch calls it
  std::string qualified;     // quoted
  Oid oid = 0;
  bool partitioned = false;
  std::vector<Column> columns;
};

// A table that has the triggers.
struct ExistingCapture {
  Oid oid = 0;
  std::string qualified;
  std::string note;  // the comment
};

// $1: the tables' names, $2: the columns' (one pair per column). Rows: which (from 1), oid, quoted name, partitioned, column's
// name, type, comparable; NULL where it is not there.
extern const char kFindColumns[];
// Rows: oid, quoted name, comment.
extern const char kFindCaptures[];
// Rows: the oids that functions in schema allod are for.
extern const char kFindFunctions[];

// What has to be said so that these tables are captured and no others. Empty: nothing.
std::string TriggerScript(std::span<const CapturedTable> wanted, std::span<const ExistingCapture> existing, std::span<const Oid> functions);

// Which columns of which tables the comments say are noted.
using CapturedColumns = std::map<std::string, std::vector<std::string>, std::less<>>;
CapturedColumns ColumnsOf(std::span<const ExistingCapture> existing);
// Whether all that is watched is noted.
bool Covers(const CapturedColumns& captured, const Watch& watch);

}  // namespace allod::engine::postgres
