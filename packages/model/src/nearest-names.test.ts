import { expect, it } from "vitest";
import { nearestNames } from "./nearest-names.ts";

const TABLES = ["orders", "order_lines", "people", "prices"];

it.each([
  ["ordres", ["orders"]],
  ["ORDERS", ["orders"]],
  ["pepole", ["people"]],
  ["customers", []],
])("%s most likely means %j", (name, expected) => {
  expect(nearestNames(name, TABLES, 1)).toEqual(expected);
});

it("gives the nearest first, and no more than wanted", () => {
  expect(nearestNames("price", ["prices", "price_", "price"], 2)).toEqual(["price", "prices"]);
});
