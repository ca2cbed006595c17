import Database from "better-sqlite3";

// A process that holds a lock until it is killed, or for as long as no run lasts.

const LONGEST_MS = 120_000;

const [, , path = "", sql = ""] = process.argv;
try {
  const db = new Database(path, { timeout: 0, fileMustExist: true });
  db.exec(sql);
  process.stdout.write("held");
  setTimeout(() => db.close(), LONGEST_MS);
} catch (error) {
  process.stdout.write(error instanceof Database.SqliteError ? error.code : String(error));
}
