// The public API of every package, as its declarations say it: each exported name must be documented
// (typedoc, where a warning is a failure), and docs/api/PACKAGE.md must show the declarations as they are, so
// that a change of the API is seen in review. `--write` writes these pages. Needs a build.
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import ts from "typescript";
import { Application, TSConfigReader } from "typedoc";

const WRITES = process.argv.includes("--write");
const PAGES = join("docs", "api");
const CONFIG = join("tooling", "checks", "tsconfig.api.json");

/** What can be imported from each package: its name, and the file with the declarations. */
function publicPackages() {
  return readdirSync("packages")
    .map((name) => ({ name, folder: join("packages", name) }))
    .flatMap(({ name, folder }) => {
      const manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
      const entries = Object.entries(manifest.exports ?? {}).flatMap(([path, target]) =>
        target.types === undefined
          ? []
          : [{ path: join(manifest.name, path), file: resolve(folder, target.types) }],
      );
      return entries.length === 0 ? [] : [{ name, manifest, entries }];
    });
}

/** Looks for what is not documented, and for links in comments that lead nowhere. */
async function findUndocumented(packages) {
  const app = await Application.bootstrap(
    {
      entryPoints: packages.flatMap(({ entries }) => entries.map(({ file }) => file)),
      tsconfig: CONFIG,
      readme: "none",
      treatWarningsAsErrors: true,
      validation: {
        notExported: true,
        invalidLink: true,
        rewrittenLink: true,
        notDocumented: true,
      },
      packagesRequiringDocumentation: packages.map(({ manifest }) => manifest.name),
      // A property whose name says all needs no sentence.
      requiredToBeDocumented: [
        "Class",
        "Interface",
        "TypeAlias",
        "Function",
        "Variable",
        "Method",
        "Accessor",
      ],
    },
    [new TSConfigReader()],
  );
  const project = await app.convert();
  if (project === undefined) return false;
  app.validate(project);
  return app.logger.errorCount + app.logger.warningCount === 0;
}

/** A package's page: for each thing to import from, the declarations of what it exports, by name. */
function pageOf({ manifest, entries }, program) {
  const sections = entries.map(({ path, file }) => {
    const source = program.getSourceFile(file);
    if (source === undefined) throw new Error(`${file} is not there: build first`);
    return `## ${path}\n\n\`\`\`ts sketch\n${declarationsOf(source, program.getTypeChecker())}\n\`\`\``;
  });
  return `# ${manifest.name}

<!-- Written by npm run write:api from the built declarations. -->

${manifest.description}.

${sections.join("\n\n")}
`;
}

function declarationsOf(source, checker) {
  const module = checker.getSymbolAtLocation(source);
  const exported = module === undefined ? [] : checker.getExportsOfModule(module);
  return exported
    .toSorted((one, other) => (one.name < other.name ? -1 : 1))
    .map((symbol) => declarationOf(symbol, source, checker))
    .join("\n\n");
}

function declarationOf(symbol, source, checker) {
  const meant = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
  const [first] = meant.declarations ?? [];
  const home = first?.getSourceFile().fileName ?? "";
  // Another package's: its own page shows it.
  if (packageOf(home) !== packageOf(source.fileName))
    return `export { ${symbol.name} };  // of another package`;
  return (meant.declarations ?? [])
    .map((declaration) => textOf(statementOf(declaration)))
    .join("\n");
}

function packageOf(file) {
  return /packages\/([^/]+)\//.exec(file)?.[1] ?? "";
}

function statementOf(declaration) {
  let node = declaration;
  while (node.parent !== undefined && !ts.isSourceFile(node.parent)) node = node.parent;
  return node;
}

/** As it stands in the declarations, comments included. */
function textOf(node) {
  return node
    .getFullText()
    .replace(/\/\/# sourceMappingURL=.*$/m, "")
    .trim();
}

function isUpToDate(name, text) {
  const file = join(PAGES, `${name}.md`);
  if (WRITES) {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
    return true;
  }
  if (existsSync(file) && readFileSync(file, "utf8") === text) return true;
  console.log(
    `${file} does not show the API as it is: npm run build, npm run write:api, and look at the difference.`,
  );
  return false;
}

const packages = publicPackages();
const program = ts.createProgram(
  packages.flatMap(({ entries }) => entries.map(({ file }) => file)),
  {
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    skipLibCheck: true,
  },
);
const pages = packages.map((one) => isUpToDate(one.name, pageOf(one, program)));
const isDocumented = await findUndocumented(packages);
if (!isDocumented || pages.includes(false)) process.exitCode = 1;
