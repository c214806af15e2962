import { deepEqual, equal, throws } from "node:assert/strict";
import { parseConfig, weightShapes } from "../../lib/model/config.ts";
import golden from "../golden/llama.json" with { type: "json" };

const RAW = {
  "model_type": "llama",
  "vocab_size": 11,
  "hidden_size": 16,
  "intermediate_size": 24,
  "num_hidden_layers": 2,
  "num_attention_heads": 4,
};

Deno.test("parseConfig() takes for granted what transformers does", () => {
  deepEqual(parseConfig(RAW, "config.json"), {
    ...RAW,
    "num_key_value_heads": 4,
    "head_dim": 4,
    "max_position_embeddings": 2048,
    "rms_norm_eps": 1e-6,
    "rope_theta": 10_000,
    "tie_word_embeddings": false,
  });
});

Deno.test("parseConfig() reads the base of the wavelengths where transformers 4 and 5 write it", () => {
  const theta = (more: Record<string, unknown>) =>
    parseConfig({ ...RAW, ...more }, "config.json").rope_theta;
  equal(theta({ "rope_theta": 500_000 }), 500_000);
  const parameters = { "rope_type": "default", "rope_theta": 100_000 };
  equal(theta({ "rope_parameters": parameters }), 100_000);
  equal(theta({ "rope_theta": 500_000, "rope_scaling": null }), 500_000);
});

Deno.test(`parseConfig() reads what transformers ${golden.transformers} writes`, () => {
  const { grouped, wide } = golden.models;
  const read = (config: unknown) => {
    const found = parseConfig(config, "config.json");
    return [
      found.num_key_value_heads,
      found.head_dim,
      found.rms_norm_eps,
      found.rope_theta,
      found.tie_word_embeddings,
      found.max_position_embeddings,
    ];
  };
  deepEqual(read(grouped.config), [2, 4, 1e-5, 10_000, true, 64]);
  deepEqual(read(wide.config), [2, 10, 1e-3, 500, false, 64]);
});

Deno.test("weightShapes() names the weights of transformers, with their shapes", () => {
  for (const { config, weights } of Object.values(golden.models)) {
    const shapes = weightShapes(parseConfig(config, "config.json"));
    const expected = Object.entries(weights)
      .map(([name, { shape }]) => [name, shape] as const);
    deepEqual(shapes, new Map(expected));
  }
});

Deno.test.each([
  {
    what: "another architecture",
    change: { "model_type": "gpt2" },
    error: "TypeError",
    message:
      'Cannot load the model of x/config.json as its model_type must be "llama": current value is "gpt2"',
  },
  {
    what: "scaled angles of transformers 4",
    change: { "rope_scaling": { type: "linear", factor: 2 } },
    error: "TypeError",
    message:
      'Cannot load the model of x/config.json as its rotary angles must not be scaled: current rope_type is "linear"',
  },
  {
    what: "scaled angles of transformers 5",
    change: { "rope_parameters": { "rope_type": "llama3", factor: 8 } },
    error: "TypeError",
    message:
      'Cannot load the model of x/config.json as its rotary angles must not be scaled: current rope_type is "llama3"',
  },
  {
    what: "biases",
    change: { "attention_bias": true },
    error: "TypeError",
    message:
      "Cannot load the model of x/config.json as its layers must have no biases: current attention_bias is true",
  },
  {
    what: "another activation",
    change: { "hidden_act": "gelu" },
    error: "TypeError",
    message:
      'Cannot load the model of x/config.json as its hidden_act must be "silu": current value is "gelu"',
  },
  {
    what: "no vocabulary",
    change: { "vocab_size": undefined },
    error: "SyntaxError",
    message:
      "Cannot load the model of x/config.json as its vocab_size must be a whole number above 0: current value is undefined",
  },
  {
    what: "a number in quotes",
    change: { "num_hidden_layers": "2" },
    error: "SyntaxError",
    message:
      'Cannot load the model of x/config.json as its num_hidden_layers must be a whole number above 0: current value is "2"',
  },
  {
    what: "a width that heads do not divide",
    change: { "hidden_size": 18 },
    error: "SyntaxError",
    message:
      /its head_dim must be a whole number above 0: current value is 4\.5$/,
  },
  {
    what: "key-value heads that do not divide the others",
    change: { "num_key_value_heads": 3 },
    error: "SyntaxError",
    message:
      /num_key_value_heads must divide num_attention_heads .* current values are 3, 4 and 4$/,
  },
  {
    what: "heads of an odd size",
    change: { "head_dim": 5 },
    error: "SyntaxError",
    message: /head_dim be even: current values are 4, 4 and 5$/,
  },
  {
    what: "a norm's epsilon that is no number",
    change: { "rms_norm_eps": "small" },
    error: "SyntaxError",
    message: /its rms_norm_eps must be .*: current value is "small"$/,
  },
  {
    what: "a base of wavelengths that is no number",
    change: { "rope_theta": "long" },
    error: "SyntaxError",
    message: /its rope_theta must be .*: current value is "long"$/,
  },
])("parseConfig() refuses $what", ({ change, error, message }) => {
  throws(() => parseConfig({ ...RAW, ...change }, "x/config.json"), {
    name: error,
    message,
  });
});

Deno.test("parseConfig() refuses what is no record", () => {
  for (const value of [null, undefined, [], "llama", 7]) {
    throws(() => parseConfig(value, "x/config.json"), {
      name: "TypeError",
      message: /its model_type must be "llama": current value is undefined$/,
    });
  }
});
