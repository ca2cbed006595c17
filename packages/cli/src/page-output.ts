import { SyncError, pathForShell } from "@sync/model";
import type { Session } from "./session.ts";

/** Where `--html` sends a page. */
export interface PageOutput {
  /** It takes stdout, so that nothing else can be printed there. */
  readonly isPrinted: boolean;
  write(page: AsyncIterable<string>): Promise<void>;
  /** Where the page is, in a sentence. */
  readonly place: string;
}

/** What else a command was asked to print. */
interface Printing {
  readonly rows?: true;
  readonly json?: true;
}

/**
 * Makes sure that a page can go there, before the work begins.
 *
 * @param given - a file as it was typed, or `-` for stdout
 * @throws SyncError for a name that is none for a page, and what else keeps it from being written
 */
export async function openPageOutput(
  session: Session,
  given: string,
  printing: Printing,
): Promise<PageOutput> {
  if (given === "-") {
    if (printing.rows === true || printing.json === true) throw twoOutputs();
    return { isPrinted: true, place: "", write: (page) => printPage(session, page) };
  }
  const { checkPageFile, writePage } = await import("@sync/report");
  const path = session.path(given);
  await checkPageFile(path);
  return {
    isPrinted: false,
    place: `The page is in ${pathForShell(given)}.`,
    write: (page) => writePage(path, page),
  };
}

async function printPage({ terminal }: Session, page: AsyncIterable<string>): Promise<void> {
  for await (const piece of page) await terminal.write(piece);
}

function twoOutputs(): SyncError {
  return new SyncError("SYNC_USAGE", "--html - prints the page, and nothing else can be printed.", {
    next: "Name a file for the page, or leave out --json and --rows.",
  });
}
