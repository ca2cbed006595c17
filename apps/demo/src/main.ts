#!/usr/bin/env node
import { copyFileSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { tell } from "./story.ts";
import { createShop } from "./shop.ts";

const folder = mkdtempSync(join(tmpdir(), "dbsync-demo-"));
const laptop = join(folder, "laptop.sqlite");
const desktop = join(folder, "desktop.sqlite");
createShop(laptop);
copyFileSync(laptop, desktop);

process.exitCode = tell({ folder, laptop, desktop }) ? 0 : 1;
