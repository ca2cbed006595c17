import type { ScanPages } from "../sqlite/pages/page-scanner.ts";
import type { RemoteCaller } from "./converse.ts";
import type { CallOptions } from "./options.ts";

/** Nobody need be there to cancel. */
export type CallerOptions = Omit<CallOptions, "signal"> & { readonly signal?: AbortSignal | null };

/** What a call may want of its caller, who has nothing to say but what is given. */
export function createCaller(
  { onProgress, signal = null }: CallerOptions,
  more: Partial<RemoteCaller> = {},
): RemoteCaller {
  return {
    signal,
    onProgress: (progress) => onProgress?.(progress),
    ask: () => Promise.resolve([]),
    give: () => Promise.resolve(),
    scanPages: noScan,
    ...more,
  };
}

/** For calls that never ask for one. */
export async function noScan(): ReturnType<ScanPages> {
  return Promise.resolve({ type: "not-known", reason: "none was wanted" });
}
