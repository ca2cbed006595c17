// Which package may import which: the table of DESIGN.md, and nothing else. Tests, apps and tooling may
// import any package: the laws of core are tried with the policies of resolvers.
const ARROWS = {
  model: [],
  core: ["model"],
  resolvers: ["model"],
  logging: ["model"],
  watcher: ["model"],
  report: ["model"],
  manager: ["core", "resolvers", "logging", "model"],
  cli: ["manager", "watcher", "report", "core", "resolvers", "logging", "model"],
};

const TESTS = ["[.]test[.]ts$", "^packages/[^/]+/test/"];
const KNOWN_PACKAGES = Object.keys(ARROWS).join("|");

const arrowRules = Object.entries(ARROWS).map(([name, targets]) => ({
  name: `arrows-of-${name}`,
  comment: `@sync/${name} may import ${targets.length === 0 ? "no other package" : `only ${targets.join(", ")}`}.`,
  severity: "error",
  from: { path: `^packages/${name}/`, pathNot: TESTS },
  to: { path: "^packages/", pathNot: `^packages/(?:${[name, ...targets].join("|")})/` },
}));

const packageRules = [
  {
    name: "package-without-arrows",
    comment: "A new package needs its line in ARROWS of this file, and in the design.",
    severity: "error",
    from: { path: "^packages/", pathNot: `^packages/(?:${KNOWN_PACKAGES})/` },
    to: {},
  },
  {
    name: "no-app-is-imported",
    comment: "Apps are examples at the end of every arrow.",
    severity: "error",
    from: { path: "^(?:packages|tooling|apps/([^/]+))/" },
    to: { path: "^apps/", pathNot: "^apps/$1/" },
  },
  {
    name: "no-tooling-in-packages",
    comment: "Tooling is private: nothing that is published can import it.",
    severity: "error",
    from: { path: "^packages/", pathNot: TESTS },
    to: { path: "^tooling/" },
  },
  {
    name: "no-deep-import",
    comment:
      "Another package is reached by its name and what its exports offer, never by a path into it.",
    severity: "error",
    from: { path: "^((?:packages|apps|tooling)/[^/]+)/" },
    to: { path: "^(?:packages|apps)/", pathNot: "^$1/", dependencyTypes: ["local"] },
  },
  {
    name: "sources-import-no-tests",
    severity: "error",
    from: { path: "^(?:packages|apps)/", pathNot: TESTS },
    to: { path: TESTS },
  },
];

const coreRooms = [
  {
    name: "core-reconcile-is-pure",
    comment: "The rule of reconciling imports @sync/model and itself: no I/O, no Node, no SQLite.",
    severity: "error",
    from: { path: "^packages/core/src/reconcile/", pathNot: TESTS },
    to: { pathNot: ["^packages/core/src/reconcile/", "^packages/model/"] },
  },
  {
    name: "core-sqlite-knows-no-state-or-engine",
    severity: "error",
    from: { path: "^packages/core/src/sqlite/", pathNot: TESTS },
    to: { path: "^packages/core/src/(?:state|engine)/" },
  },
  {
    name: "core-state-knows-no-engine",
    severity: "error",
    from: { path: "^packages/core/src/state/", pathNot: TESTS },
    to: { path: "^packages/core/src/engine/" },
  },
  {
    name: "core-rooms-do-not-import-the-index",
    comment: "index.ts names what is public; inside, import the file that has it.",
    severity: "error",
    from: { path: "^packages/core/src/[^/]+/", pathNot: TESTS },
    to: { path: "^packages/core/src/index[.]ts$" },
  },
];

const outsideRules = [
  {
    name: "no-cycles",
    severity: "error",
    from: { pathNot: "node_modules" },
    to: { circular: true },
  },
  {
    name: "everything-resolves",
    comment:
      "Either a misspelt import, one that a package's exports do not offer, or no build yet.",
    severity: "error",
    from: {},
    to: { couldNotResolve: true },
  },
  {
    name: "model-depends-on-nothing",
    severity: "error",
    from: { path: "^packages/model/src/", pathNot: TESTS },
    to: { dependencyTypes: ["npm", "npm-dev", "npm-peer", "npm-optional", "npm-no-pkg", "core"] },
  },
  {
    name: "sqlite-driver-only-in-core",
    comment: "Everybody else reaches databases through @sync/core.",
    severity: "error",
    from: { path: "^packages/(?!core/)[^/]+/src/", pathNot: TESTS },
    to: { path: "node_modules/better-sqlite3/" },
  },
  {
    name: "dependencies-are-declared",
    comment: "What a package's sources import stands under dependencies of its own package.json.",
    severity: "error",
    from: { path: "^packages/[^/]+/src/", pathNot: TESTS },
    to: {
      dependencyTypes: ["npm-dev", "npm-no-pkg", "npm-unknown"],
      dependencyTypesNot: ["npm", "npm-peer", "npm-optional", "type-only"],
      pathNot: "node_modules/@types/",
    },
  },
];

// dependency-cruiser reads the default export of its configuration.
// oxlint-disable-next-line import/no-default-export -- dependency-cruiser reads its configuration from it
export default {
  forbidden: [...arrowRules, ...packageRules, ...coreRooms, ...outsideRules],
  options: {
    doNotFollow: { path: ["node_modules", "(?:^|/)dist/"] },
    exclude: { path: "/fixtures/" },
    // Imports of types count too: they are arrows all the same.
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["import", "node", "default"],
      extensions: [".ts", ".mts", ".js", ".mjs", ".json"],
    },
  },
};
