// How changesets become a changelog: what users notice, in the words of the changeset, and one line for
// dependencies. Loaded by changesets, which wants CommonJS.
module.exports = {
  getReleaseLine: async ({ summary }) => {
    const [first, ...rest] = summary.trim().split("\n");
    return [`- ${first}`, ...rest.map((line) => (line === "" ? "" : `  ${line}`))].join("\n");
  },
  getDependencyReleaseLine: async (_changesets, dependencies) => {
    if (dependencies.length === 0) return "";
    const names = dependencies.map(({ name, newVersion }) => `\`${name}\` ${newVersion}`);
    return `- With ${names.join(", ")}.`;
  },
};
