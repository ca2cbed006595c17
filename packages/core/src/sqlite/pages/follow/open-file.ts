import { HEADER, WAL_INDEX } from "../format.ts";
import { readHeader } from "../header.ts";
import type { DatabaseHeader } from "../header.ts";
import { readPages } from "../image.ts";
import type { Image } from "../image.ts";
import { NotKnown } from "../not-known.ts";
import { openFilesOf } from "../random-access.ts";
import type { RandomAccess } from "../random-access.ts";
import type { ScannedFile } from "../scan-request.ts";
import { readWalIndex } from "../wal-index.ts";
import type { CommittedWal } from "../wal-index.ts";
import type { Log, LogFiles } from "./log-tail.ts";

/** A database that is open to be followed. */
export interface OpenFile {
  /** `null`: it has none, or none that can be followed. */
  readonly log: LogFiles | null;
  /** The pages as they are once the log was read so far. */
  imageAt(log: Log | null): Image;
  close(): void;
}

/**
 * Opens a database, and its log if it is in WAL mode, while somebody keeps a read transaction open on it.
 *
 * @throws NotKnown where another file was put in its place, or its `-shm` file does not settle
 */
export function openFile({ path, identity }: ScannedFile): OpenFile {
  const { open, close } = openFilesOf(path);
  try {
    const main = open("");
    if (main?.identity !== identity) throw new NotKnown("another file was put in its place");
    const first = Buffer.alloc(HEADER.bytes);
    main.read(0, first);
    const header = readHeader(first);
    const wal = open("-wal");
    if (!header.isWal && wal !== null && wal.bytes > 0)
      throw new NotKnown("it has a -wal file that its header does not know");
    const index = header.isWal && wal !== null ? open("-shm") : null;
    if (wal === null || index === null) {
      if (wal !== null && wal.bytes > 0) throw new NotKnown("its -wal file has no -shm file");
      return { log: null, imageAt: () => imageOf({ main, wal: null, header }), close };
    }
    const committed = readSettled(index);
    const { pageSize } = header;
    const { signs: mainSigns } = main;
    const log: LogFiles = { wal, indexIdentity: index.identity, mainSigns, pageSize, committed };
    const imageAt = (read: Log | null): Image => ({
      ...imageOf({ main, header, wal: read === null ? null : { file: wal, committed, read } }),
      // More may have been committed; what was read is where it was, unless the file was begun anew.
      verify: () => {
        if (!readSettled(index).salts.equals(committed.salts))
          throw new NotKnown("its -wal file was begun anew meanwhile");
      },
    });
    return { log, imageAt, close };
  } catch (error) {
    close();
    throw error;
  }
}

interface Parts {
  readonly main: RandomAccess;
  readonly header: DatabaseHeader;
  readonly wal: {
    readonly file: RandomAccess;
    readonly committed: CommittedWal;
    readonly read: Log;
  } | null;
}

/** Whoever opened the files closes them. */
function imageOf({ main, header, wal }: Parts): Image {
  const { pageSize } = header;
  const bySize = Math.floor(main.bytes / pageSize);
  const isLogged = wal !== null && wal.committed.lastFrame > 0;
  const overlay = wal === null ? null : { file: wal.file, offsets: wal.read.offsets };
  return {
    header,
    pageCount: isLogged ? wal.committed.pageCount : (header.pageCount ?? bySize),
    read: (page, into) => readPages({ main, overlay, pageSize }, page, into),
    lastCommit: null,
    verify: () => undefined,
    close: () => undefined,
  };
}

/** A commit is made known in microseconds; whoever reads in between reads again. */
const MOST_TRIES = 200;
const PAUSE_MS = 0.05;

function readSettled(index: RandomAccess): CommittedWal {
  const bytes = Buffer.alloc(2 * WAL_INDEX.bytes);
  for (let attempt = 1; ; attempt++) {
    index.read(0, bytes);
    try {
      return readWalIndex(Buffer.from(bytes));
    } catch (error) {
      if (!(error instanceof NotKnown) || attempt === MOST_TRIES) throw error;
    }
    Atomics.wait(NOBODY, 0, 0, PAUSE_MS);
  }
}

/** Nobody ever wakes whoever waits for it. */
const NOBODY = new Int32Array(new SharedArrayBuffer(4));
