import { answerOnce } from "./answer-once.ts";
import { digestFile } from "./digest-file.ts";
import type { DigestRequest } from "./digest-request.ts";

// The program of a process that digests the tables of one database.

// Only `digestElsewhere` starts it, and asks nothing else.
answerOnce((request) => digestFile(request as DigestRequest));
