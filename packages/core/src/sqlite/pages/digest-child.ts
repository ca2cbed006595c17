import { readFileSync } from "node:fs";
import { deserialize, serialize } from "node:v8";
import { digestFile } from "./digest-file.ts";
import type { DigestRequest } from "./digest-request.ts";
import { send } from "./send.ts";

// The program of a process that digests the tables of one database, asked as `child.ts` is.

const input = readFileSync(0);
// Only `startDigester` starts this program, and writes nothing else.
if (input.length > 0) send(serialize(digestFile(deserialize(input) as DigestRequest)));
process.exit();
