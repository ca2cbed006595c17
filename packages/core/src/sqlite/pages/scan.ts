import { findEqualPages } from "./equal-pages.ts";
import type { Helper } from "./helper-work.ts";
import { openImage } from "./image.ts";
import type { Image } from "./image.ts";
import { reasonOf } from "./not-known.ts";
import type { OpenFile } from "./random-access.ts";
import type { ScanAnswer, ScanRequest, ScannedFile } from "./scan-request.ts";
import { scanTables } from "./scan-tables.ts";

/** How a scan goes about its work. */
export interface ScanSetting {
  /** Another thread that takes its share. */
  readonly helper?: Helper;
  /** By default files are closed in the end, which must be where no SQLite connection is (SQLITE_NOTES 1). */
  readonly openFile?: OpenFile;
  /** Called now and then. */
  readonly throwIfCancelled?: () => void;
}

/**
 * Finds the rows in which two databases can differ, by reading their files, while the asker keeps a read
 * transaction open on both.
 */
export function scanPair(request: ScanRequest, setting: ScanSetting = {}): ScanAnswer {
  const { helper = null, openFile, throwIfCancelled } = setting;
  const images: Image[] = [];
  const open = ({ path, identity }: ScannedFile): Image => {
    const image = openImage(path, identity, openFile);
    images.push(image);
    return throwIfCancelled === undefined ? image : interruptible(image, throwIfCancelled);
  };
  try {
    const [a, b] = [open(request.a), open(request.b)];
    const pages = findEqualPages({ a, b }, helper);
    const tables = scanTables({ a, b, pages }, request.tables, helper);
    for (const image of images) image.verify();
    return { type: "scanned", pages: a.pageCount + b.pageCount, tables };
  } catch (error) {
    return { type: "not-known", reason: reasonOf(error) };
  } finally {
    for (const image of images) image.close();
  }
}

function interruptible(image: Image, throwIfCancelled: () => void): Image {
  return {
    ...image,
    read: (first, into) => {
      throwIfCancelled();
      image.read(first, into);
    },
  };
}
