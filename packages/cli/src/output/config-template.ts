import { basename, extname } from "node:path";

/** What a config is made of. */
export interface ConfigAnswers {
  readonly name: string;
  readonly a: string;
  readonly b: string;
  readonly policy: string;
}

/** A config with comments, for somebody who has not seen one. JSON's strings are YAML's, too. */
export function configText({ name, a, b, policy }: ConfigAnswers): string {
  return `# Pairs of databases that dbsync keeps in step. Paths are relative to this file.
# Every key, with an example: docs/configuration.md of the project sync.

pairs:
  ${JSON.stringify(name)}:
    a: ${JSON.stringify(a)}
    b: ${JSON.stringify(b)}

    # Who wins where both sides changed the same. Others: first-write-wins, prefer-a,
    # prefer-b, manual (every conflict waits for you), or several with commas.
    policy: ${JSON.stringify(policy)}

    # For some tables, columns or kinds of conflict something else; the first that matches:
    # rules:
    #   - { table: stock, column: pieces, use: sum }
    #   - { kind: insert/insert, use: "rekey,last-write-wins" }

    # Only these tables:
    # tables: [customers, orders]

# What happened, as lines of JSON; \`dbsync log\` reads it.
log:
  file: logs/synchronization.log
  level: info
`;
}

/** `shop` for `data/shop.sqlite`. */
export function pairNameFor(path: string): string {
  const name = basename(path, extname(path)).replaceAll(/[^\p{L}\p{N} _.-]/gu, "-");
  return /^[\p{L}\p{N}]/u.test(name) ? name : "pair";
}
