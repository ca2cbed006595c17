// An application that writes without end: moves amounts between two accounts, so that the sum stays.
// Arguments: the database. Prints a line when it has begun.
import Database from "better-sqlite3";

const db = new Database(process.argv[2] ?? "", { timeout: 10_000 });
const move = db.transaction((amount) => {
  db.prepare("UPDATE account SET amount = amount - ? WHERE id = 1").run(amount);
  db.prepare("UPDATE account SET amount = amount + ? WHERE id = 2").run(amount);
  db.prepare("UPDATE big SET v = randomblob(3000) WHERE id = abs(random()) % 3000").run();
});
let told = false;
const work = () => {
  move(1);
  if (!told) process.stdout.write("begun\n");
  told = true;
  setImmediate(work);
};
work();
