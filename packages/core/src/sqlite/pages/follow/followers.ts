import { NotKnown, reasonOf } from "../not-known.ts";
import type { PageHash } from "../page-hash.ts";
import { signDatabase } from "../sign.ts";
import type { Following, SignAnswer, SignRequest } from "../sign.ts";
import { FollowedFile } from "./followed-file.ts";
import { openFile } from "./open-file.ts";

/** Answers about databases, and follows those for which that is asked. */
export interface Followers {
  readonly answer: (request: SignRequest) => SignAnswer;
}

/** Must run where no SQLite connection is (SQLITE_NOTES 1), while the asker keeps a read transaction open. */
export function createFollowers(hash: PageHash): Followers {
  const files = new Map<string, FollowedFile>();
  const follow = (request: SignRequest, following: Following): SignAnswer => {
    const { file } = request;
    const open = openFile(file);
    try {
      let known = files.get(file.path);
      if (known?.identity !== file.identity) known = new FollowedFile(file.identity);
      files.set(file.path, known);
      try {
        return known.ask(open, { ...request, following }, hash);
      } catch (error) {
        if (!(error instanceof NotKnown)) throw error;
        // What it knew does not fit what is there: once more, from the beginning.
        return known.ask(open, { ...request, following }, hash);
      }
    } finally {
      open.close();
    }
  };
  return {
    answer: (request) => {
      if (request.following === undefined) {
        files.delete(request.file.path);
        return signDatabase(request, hash);
      }
      try {
        return follow(request, request.following);
      } catch (error) {
        return { type: "not-known", reason: reasonOf(error) };
      }
    },
  };
}
