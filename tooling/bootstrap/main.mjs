// The one entry behind `npm start`, `npm test` and `npm run build`: it takes a fresh clone from
// "nothing but Node and npm" to the wanted task. Nothing here may import a dependency, because it
// runs before there are any; and this file and node-version.mjs keep to syntax that old Node
// versions can parse, so that they get a sentence instead of a stack trace.
import { unsupportedNodeProblem } from "./node-version.mjs";

const problem = unsupportedNodeProblem(process.versions.node);
if (problem) {
  console.error("sync: " + problem);
  process.exitCode = 1;
} else {
  // A rejection is a defect of this folder: it may end the process with its stack.
  void import("./tasks.mjs").then(function (tasks) {
    return tasks.runTask(process.argv[2], process.argv.slice(3));
  });
}
