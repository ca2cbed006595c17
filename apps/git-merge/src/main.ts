#!/usr/bin/env node
import { isSyncError } from "@sync/model";
import { install } from "./install.ts";
import { mergeFile, mergeAncestors } from "./merge-file.ts";
import { printRows } from "./print-rows.ts";

/**
 * Above 128 git ends the whole merge with nothing written, as if the driver had crashed; up to 128 the
 * file is in conflict (gitattributes(5), "Defining a custom merge driver").
 */
const FAILED = 129;

const USAGE = `Usage: git-merge-sqlite install [--policy NAME]
       git-merge-sqlite merge [--policy NAME] ANCESTOR OURS THEIRS PATH
       git-merge-sqlite merge-ancestors ANCESTOR OURS THEIRS PATH
       git-merge-sqlite textconv FILE`;

try {
  process.exitCode = await run(process.argv.slice(2));
} catch (error) {
  const what = isSyncError(error) ? `${error.code}: ${error.message} ${error.next}` : error;
  console.error("git-merge-sqlite:", what);
  process.exitCode = FAILED;
}

async function run([command = "", ...given]: readonly string[]): Promise<number> {
  const { policy, operands } = readPolicy(given);
  const [first, ours, theirs, path] = operands;
  if (command === "install" && first === undefined) return install(policy);
  if (command === "textconv" && first !== undefined) return printRows(first);
  if (first !== undefined && ours !== undefined && theirs !== undefined && path !== undefined) {
    const versions = { ancestor: first, ours, theirs, path };
    if (command === "merge") return mergeFile(versions, policy);
    if (command === "merge-ancestors") return mergeAncestors(versions);
  }
  console.error(USAGE);
  return FAILED;
}

function readPolicy(given: readonly string[]): { policy: string; operands: readonly string[] } {
  const [option, name, ...operands] = given;
  return option === "--policy" && name !== undefined
    ? { policy: name, operands }
    : { policy: "manual", operands: given };
}
