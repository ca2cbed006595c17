import { existsSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { readDocument } from "./document.ts";

/**
 * Relative links of a page that lead nowhere, in words: no such file, or no such heading in it.
 * Addresses of other machines are not asked.
 */
export function brokenLinks(path: string): string[] {
  return readDocument(path).links.flatMap(({ target, line }) => {
    if (/^[a-z][a-z+.-]*:/i.test(target)) return [];
    const [file = "", anchor] = decodeURI(target).split("#");
    const linked = file === "" ? path : resolve(dirname(path), file);
    if (!existsSync(linked)) return [`line ${line}: ${target}: there is no such file`];
    if (anchor === undefined || !linked.endsWith(".md")) return [];
    if (readDocument(linked).anchors.has(anchor)) return [];
    return [`line ${line}: ${target}: there is no such heading`];
  });
}
