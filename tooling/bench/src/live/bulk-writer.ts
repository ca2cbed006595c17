import Database from "better-sqlite3";

/** What the program is told, as JSON in its first argument. */
export interface BulkOrders {
  readonly path: string;
  readonly rows: number;
  readonly rowsPerCommit: number;
}

// A program of its own: an application that inserts rows as fast as it can, some in each transaction.
const { path, rows, rowsPerCommit } = JSON.parse(process.argv[2] ?? "{}") as BulkOrders;
const db = new Database(path, { timeout: 60_000 });
const insert = db.prepare("INSERT INTO event (id, body, at) VALUES (?, ?, ?)");
const commit = db.transaction((from: number) => {
  for (let id = from; id < Math.min(rows, from + rowsPerCommit); id += 1) {
    insert.run(id, `something happened, for the ${id}th time`, id * 1.5);
  }
});
for (let from = 0; from < rows; from += rowsPerCommit) commit.immediate(from);
db.close();
