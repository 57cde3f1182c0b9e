// Every schema rule of graphql-eslint, those for Relay too, and every rule of graphql-schema-linter.
// Standard input: one SDL. Standard output: {rules: [name], findings: [{rule, message}]}.
const { readFileSync } = require("node:fs");
const { default: plugin } = require("@graphql-eslint/eslint-plugin");
const { Linter } = require("eslint");
const { configuration, validator } = require("graphql-schema-linter");

const schema = readFileSync(0, "utf8");

function byEslint() {
  const rules = {
    ...plugin.configs["flat/schema-all"].rules,
    ...plugin.configs["flat/schema-relay"].rules,
    "@graphql-eslint/relay-edge-types": ["error", { listTypeCanWrapOnlyEdgeType: false }],
  };
  const languageOptions = {
    parser: plugin.parser,
    parserOptions: { graphQLConfig: { schema } },
  };
  const plugins = { "@graphql-eslint": plugin };
  const config = [{ files: ["**/*.graphql"], plugins, languageOptions, rules }];
  const found = new Linter().verify(schema, config, { filename: "schema.graphql" });
  return {
    rules: Object.keys(rules),
    findings: found.map(({ ruleId, line, message }) => finding(ruleId, line, message)),
  };
}

function bySchemaLinter() {
  const settings = new configuration.Configuration({ definition: schema, sourceMap: null }, {});
  const rules = settings.getRules();
  const found = validator.validateSchemaDefinition({ definition: schema }, rules, settings);
  return {
    rules: settings.getAllRules().map(nameOf),
    findings: found.map((error) =>
      finding(error.ruleName, error.locations[0].line, error.message),
    ),
  };
}

// A rule is named after its function: FieldsAreCamelCased is fields-are-camel-cased.
function nameOf(rule) {
  return rule.name.replace(/(?!^)([A-Z])/g, "-$1").toLowerCase();
}

function finding(rule, line, message) {
  return { rule, message: `${line}: ${message.replaceAll("\n", " ")}` };
}

const told = [byEslint(), bySchemaLinter()];
process.stdout.write(
  JSON.stringify({
    rules: told.flatMap(({ rules }) => rules),
    findings: told.flatMap(({ findings }) => findings),
  }),
);
