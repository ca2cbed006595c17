import { relative } from "node:path";
import type { MountFacts } from "./facts.ts";

/**
 * The mounts in `/proc/mounts`, as proc(5) and fstab(5) describe it: fields with single spaces between them,
 * a space inside one as `\040`.
 */
export function parseMounts(text: string): MountFacts[] {
  return text.split("\n").flatMap((line) => {
    const [, point, type, options] = line.split(" ");
    if (point === undefined || type === undefined || options === undefined) return [];
    return [
      {
        point: unescaped(point),
        type: unescaped(type),
        isReadOnly: options.split(",").includes("ro"),
      },
    ];
  });
}

/** The one a canonical path is on: the deepest; of several at one point, the last, which hides the others. */
export function mountOf(path: string, mounts: readonly MountFacts[]): MountFacts | null {
  const isAbove = ({ point }: MountFacts): boolean => {
    const rest = relative(point, path);
    return rest === "" || !/^\.\.(?:\/|$)/.test(rest);
  };
  return mounts
    .filter(isAbove)
    .reduce<MountFacts | null>(
      (deepest, mount) =>
        deepest !== null && mount.point.length < deepest.point.length ? deepest : mount,
      null,
    );
}

function unescaped(field: string): string {
  return field.replaceAll(/\\(\d{3})/g, (_, octal: string) =>
    String.fromCodePoint(Number.parseInt(octal, 8)),
  );
}
