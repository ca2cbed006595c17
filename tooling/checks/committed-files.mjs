// Looks through everything that git tracks for what belongs to one machine: addresses of package
// registries, and paths into somebody's home folder.
import { execFileSync } from "node:child_process";
import { readFileSync, statSync } from "node:fs";

const MAX_BYTES = 2_000_000; // larger files are data, not text that somebody wrote

const RULES = [
  {
    pattern: /^\s*(?:registry\s*=|tarball:|.*\bresolved:?\s+"?https?:)/m,
    complaint: "names a package registry",
  },
  {
    pattern: /(?<![\w.~-])\/(?:home|Users|root)\/[\w.-]+\//,
    complaint: "holds an absolute path of one machine",
  },
];

const tracked = execFileSync("git", ["ls-files", "-z"], { encoding: "utf8" }).split("\0");
for (const path of tracked.filter((name) => name !== "")) {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined || !stats.isFile() || stats.size > MAX_BYTES) continue;
  const text = readFileSync(path, "utf8");
  for (const { pattern, complaint } of RULES) {
    if (!pattern.test(text)) continue;
    console.log(`${path} ${complaint}`);
    process.exitCode = 1;
  }
}
