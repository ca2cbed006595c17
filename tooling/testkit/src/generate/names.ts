const TABLE_NAMES = [
  "notes",
  "tasks",
  "people",
  "order",
  'a "quoted" table',
  "with space",
  "ünï tablé",
  "it's",
  "Group",
  "x.y",
  "[bracket]",
  "semi;colon--",
];

const COLUMN_NAMES = [
  "name",
  "amount",
  "state",
  "order",
  'a "quoted" name',
  "with space",
  "ünï©ode",
  "it's",
  "select",
  "x.y",
  "[bracket]",
  "`tick`",
  "rowid",
  "Value",
  "$1",
  "?",
];

/** A table's name; the index keeps names apart that would be the same. */
export function tableName(choice: number, index: number): string {
  return `${TABLE_NAMES[choice % TABLE_NAMES.length] ?? "t"}${index === 0 ? "" : index}`;
}

/** Names for a table's columns, none twice (SQLite compares them without case) and none of `taken`. */
export function columnNames(choices: readonly number[], taken: readonly string[]): string[] {
  const used = new Set(taken.map((name) => name.toLowerCase()));
  return choices.map((choice, index) => {
    const wanted = COLUMN_NAMES[choice % COLUMN_NAMES.length] ?? "c";
    const name = used.has(wanted.toLowerCase()) ? `${wanted}${index}` : wanted;
    used.add(name.toLowerCase());
    return name;
  });
}
