import pc from "picocolors";
import { DESKTOP_EDITS, LAPTOP_EDITS, applyEdits } from "./edits.ts";
import { checkFacts } from "./facts.ts";
import { createStage } from "./stage.ts";
import type { Stage } from "./stage.ts";

/** Where the two copies of the shop are. */
export interface Copies {
  readonly folder: string;
  readonly laptop: string;
  readonly desktop: string;
}

const PAIR = ["laptop.sqlite", "desktop.sqlite"];

/** Plays the whole story; false if anything went otherwise than it tells. */
export function tell(copies: Copies): boolean {
  const stage = createStage(copies.folder);
  const parts = [meet, edit, look, synchronize, check, again, decide];
  // Every part is played, also after one that went wrong: what it shows helps to find out why.
  const isRight = parts.map((part) => part(stage, copies)).every(Boolean);
  end(stage, copies, isRight);
  return isRight;
}

function meet(stage: Stage): boolean {
  stage.header("One shop, two copies");
  stage.say(
    "A small coffee shop keeps its database on a laptop and on a",
    "desktop. The two are still equal. The first run remembers",
    "that, outside of them: their files stay as they are.",
  );
  return stage.dbsync(["sync", ...PAIR], 0);
}

function edit(stage: Stage, { laptop, desktop }: Copies): boolean {
  applyEdits(laptop, LAPTOP_EDITS);
  applyEdits(desktop, DESKTOP_EDITS);
  stage.header("Two people work, each on their own copy");
  stage.say(pc.bold("Ada, on the laptop (a):"));
  stage.say(...LAPTOP_EDITS.map(({ words }) => `  · ${words}`));
  stage.say("", pc.bold("Ben, on the desktop (b):"));
  stage.say(...DESKTOP_EDITS.map(({ words }) => `  · ${words}`));
  return true;
}

function look(stage: Stage): boolean {
  stage.header("What differs?");
  stage.say("Looking changes nothing. First all tables, counted:");
  const isCounted = stage.dbsync(["diff", ...PAIR], 1);
  stage.say("", "Then two of them, row by row:");
  const rows = ["diff", ...PAIR, "--rows", "--table", "customers", "--table", "settings"];
  return stage.dbsync(rows, 1) && isCounted;
}

function synchronize(stage: Stage): boolean {
  stage.header("Bring them together");
  stage.say(
    "What only one of them changed is copied, also deletions.",
    "Where both changed the same value, the later edit wins;",
    "where nobody can tell which that is, the row waits for a",
    "person.",
  );
  return stage.dbsync(["sync", ...PAIR], 1);
}

function check(stage: Stage, { laptop, desktop }: Copies): boolean {
  stage.header("What is in the two copies now");
  const facts = checkFacts([laptop, desktop]);
  for (const { words, answer, isRight } of facts) {
    stage.say(`${isRight ? pc.green("✓") : pc.red("✗")} ${words}`, `    ${answer}`);
  }
  stage.say("", "Both copies gave these answers. What still differs is the", "row that waits:");
  return stage.dbsync(["diff", ...PAIR, "--rows"], 1) && facts.every(({ isRight }) => isRight);
}

function again(stage: Stage): boolean {
  stage.header("A second run has nothing to do");
  stage.say("Exit code 1 tells a script that a row still waits.");
  return stage.dbsync(["sync", ...PAIR], 1);
}

function decide(stage: Stage): boolean {
  stage.header("Somebody decides");
  stage.say("Ada's opening hours it is: side a wins what waits.");
  const isDecided = stage.dbsync(["sync", ...PAIR, "--policy", "prefer-a"], 0);
  return stage.dbsync(["validate", ...PAIR], 0) && isDecided;
}

function end(stage: Stage, { folder }: Copies, isRight: boolean): void {
  stage.header(isRight ? "Your turn" : "This is not what should have happened");
  stage.say(
    "The two copies and what was remembered about them stay in",
    `  ${folder}`,
    "",
    "With databases of your own:",
    pc.bold("  npm start -- diff a.sqlite b.sqlite"),
    pc.bold("  npm start -- sync a.sqlite b.sqlite --dry-run"),
    pc.bold("  npm start -- sync a.sqlite b.sqlite"),
    pc.bold("  npm start -- --help"),
  );
}
