// A second Relay subgraph: an archive that knows our persons by id and our units by code.
const { buildSubgraphSchema } = require("@apollo/subgraph");
const { parse } = require("graphql");

function archive(sdl, files, boxes) {
  const nodes = files.map((file, index) => ({ ...file, id: `file-${index}` }));
  const find = (id) => nodes.find((node) => node.id === id) ?? null;
  return buildSubgraphSchema({
    typeDefs: parse(sdl),
    resolvers: {
      Node: { __resolveType: () => "File" },
      Query: {
        node: (_, { id }) => find(id),
        nodes: (_, { ids }) => ids.map(find),
        files: () => ({
          edges: nodes.map((node) => ({ cursor: node.id, node })),
          pageInfo: { hasNextPage: false, hasPreviousPage: false },
        }),
      },
      File: { __resolveReference: ({ id }) => find(id) },
      Person: { boxes: ({ id }) => boxes[id] ?? [] },
      Unit: { shelf: ({ unitCode }) => `shelf of ${unitCode}` },
    },
  });
}

module.exports = { archive };
