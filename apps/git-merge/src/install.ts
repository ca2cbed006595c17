import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";

/** Tells the repository where one stands that this program merges and shows the files of the attribute `sqlite`. */
export function install(policy: string): number {
  const program = [process.execPath, fileURLToPath(new URL("main.js", import.meta.url))]
    .map(quoted)
    .join(" ");
  const merge = policy === "manual" ? "merge" : `merge --policy ${quoted(policy)}`;
  const settings = {
    "merge.sqlite.name": "rows of a SQLite file",
    "merge.sqlite.driver": `${program} ${merge} %O %A %B %P`,
    // Where two histories met before, git first merges their ancestors, and nobody is there to be asked.
    "merge.sqlite.recursive": "sqlite-ancestors",
    "merge.sqlite-ancestors.name": "rows of a SQLite file, among ancestors",
    "merge.sqlite-ancestors.driver": `${program} merge-ancestors %O %A %B %P`,
    "diff.sqlite.textconv": `${program} textconv`,
  };
  for (const [name, value] of Object.entries(settings)) {
    execFileSync("git", ["config", name, value], { stdio: "inherit" });
  }
  console.log("Now name the files in .gitattributes, such as: *.db merge=sqlite diff=sqlite -text");
  return 0;
}

/** git hands the line to a shell. */
function quoted(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}
