import Database from "better-sqlite3";

// Another process that tries to take what a user's open transaction must keep from it.

const [, , path = "", held = ""] = process.argv;
const db = new Database(path, { timeout: 0, fileMustExist: true });
process.stdout.write(isKept() ? "kept" : "lost");
db.close();

function isKept(): boolean {
  if (held === "read" && db.pragma("journal_mode", { simple: true }) === "wal") {
    // As long as somebody reads what stands in the log, it cannot be cut off.
    return db.pragma("wal_checkpoint(TRUNCATE)", { simple: true }) === 1;
  }
  try {
    db.exec("BEGIN EXCLUSIVE");
    db.exec("ROLLBACK");
    return false;
  } catch (error) {
    if (error instanceof Database.SqliteError && error.code.startsWith("SQLITE_BUSY")) return true;
    throw error;
  }
}
