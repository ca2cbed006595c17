import { exampleSource, exampleTest } from "./resolver-source.ts";
import type { ResolverName } from "./resolver-name.ts";

/** What the files of a package need to know. */
export interface ResolverPackage {
  readonly name: ResolverName;
  /** The range of `@sync/resolvers` that the author has read. */
  readonly resolvers: string;
}

/** A package that can be built, tested and published as it is: its files by their paths. Pure. */
export function resolverPackage(wanted: ResolverPackage): Readonly<Record<string, string>> {
  const { name } = wanted;
  return {
    "package.json": `${JSON.stringify(manifest(wanted), null, 2)}\n`,
    "tsconfig.json": `${JSON.stringify(COMPILER, null, 2)}\n`,
    "README.md": readme(name),
    ".gitignore": "node_modules\ndist\n*.tgz\n",
    ".changeset/config.json": `${JSON.stringify(CHANGESETS, null, 2)}\n`,
    ".changeset/first-release.md": `---\n"${name.package}": minor\n---\n\nThe policy ${name.policy}: the state that is further along wins.\n`,
    "src/index.ts": exampleSource(name),
    "src/index.test.ts": exampleTest(),
  };
}

function manifest({ name, resolvers }: ResolverPackage): unknown {
  return {
    name: name.package,
    version: "0.0.0",
    description: `The policy ${name.policy} for dbsync: the state that is further along wins`,
    // By the first one, people find resolvers in a registry. dbsync itself goes by the package's name.
    keywords: ["sync-resolver", "conflict", "dbsync", "merge", "sqlite"],
    license: "MIT",
    files: ["dist", "!dist/**/*.test.*"],
    type: "module",
    sideEffects: false,
    exports: {
      ".": { types: "./dist/index.d.ts", default: "./dist/index.js" },
      "./package.json": "./package.json",
    },
    publishConfig: { access: "public", provenance: true },
    scripts: {
      build: "tsc",
      test: "tsc && node --test dist/index.test.js",
      prepack: "tsc",
      version: "changeset version",
      release: "changeset publish",
    },
    dependencies: { "@sync/resolvers": resolvers },
    devDependencies: {
      "@changesets/cli": "^2.31.1",
      "@types/node": "^20.19.0",
      "fast-check": "^4.10.2",
      typescript: "~6.0.3",
    },
    engines: { node: ">=20.19" },
  };
}

const COMPILER = {
  compilerOptions: {
    target: "es2023",
    lib: ["es2023"],
    module: "nodenext",
    types: ["node"],
    strict: true,
    noUncheckedIndexedAccess: true,
    exactOptionalPropertyTypes: true,
    verbatimModuleSyntax: true,
    declaration: true,
    skipLibCheck: true,
    rootDir: "src",
    outDir: "dist",
  },
  include: ["src"],
};

const CHANGESETS = {
  $schema: "https://unpkg.com/@changesets/config@3.1.1/schema.json",
  changelog: "@changesets/cli/changelog",
  commit: false,
  access: "public",
  baseBranch: "main",
};

function readme({ policy, package: name }: ResolverName): string {
  return `# ${name}

A policy for \`dbsync\`: where both sides changed a task's state, the one that is further along wins.

## When not to use it

For tables without a column \`state\`: such conflicts wait for a person, or for the next policy of a chain.

## Install

\`\`\`bash
npm install ${name}
\`\`\`

## Smallest example

\`\`\`bash
dbsync sync office.db field.db --policy ${policy},last-write-wins
\`\`\`

In a config it is \`policy: ${policy}\`, or \`use: ${policy}\` of a rule.

## API

| name       | is                                             |
| ---------- | ---------------------------------------------- |
| \`policy\`   | the policy, for programs that take one         |
| \`resolver\` | what \`dbsync\` looks for when it loads the name |

## Guarantees and limits

- With both sides swapped the answer is the swapped one; the same conflict gets the same answer (\`npm test\` proves it).
- It decides about rows that both sides still have, with a state that it knows. Everything else waits.

## Errors

None: what it cannot decide, it leaves to others.
`;
}
