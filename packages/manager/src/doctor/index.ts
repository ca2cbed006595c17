export { examine } from "./examine.ts";
export type { DoctorReport, ExaminedPair } from "./examine.ts";
export type { Finding } from "./finding.ts";
