import { deepEqual, equal, throws } from "node:assert/strict";
import { openEngine } from "../../lib/engine/engine.ts";
import { chatTemplate } from "../../lib/export/chat_template.ts";
import {
  type ChatMessage,
  chatTurns,
  encodeChat,
} from "../../lib/tokens/chat.ts";
import { templateByName } from "../../lib/tokens/template.ts";
import golden from "../golden/chat_template.json" with { type: "json" };
import { openTiny } from "../tiny.ts";

await openEngine();

Deno.test("chatTemplate() writes the Jinja that the golden file was made with", () => {
  for (const { template, source } of golden.rows) {
    equal(chatTemplate(templateByName(template)), source);
  }
});

Deno.test(`jinja2 ${golden.jinja2} words a conversation in the ids of encodeChat()`, async () => {
  await using tiny = await openTiny();
  for (const { template, messages, text } of golden.rows) {
    deepEqual(
      encodeChat(
        tiny.tokenizer,
        messages as ChatMessage[],
        templateByName(template),
      ),
      tiny.tokenizer.encode(text),
      text,
    );
  }
});

Deno.test("a template that holds the instruction twice cannot be written as Jinja", () => {
  throws(
    () => chatTemplate({ name: "echo", render: ({ instruction: i }) => i + i }),
    /must hold the instruction once: current number of times is 2/,
  );
});

Deno.test("a conversation must end with a question, and answer only questions", () => {
  const user = { role: "user", content: "Hi." } as const;
  const assistant = { role: "assistant", content: "Hello." } as const;
  throws(() => chatTurns([]), /last message must be a question.*"none"/);
  throws(
    () => chatTurns([user, assistant]),
    /current last role is "assistant"/,
  );
  throws(() => chatTurns([assistant, user]), /message 0 is an answer to none/);
  throws(() => chatTurns([user, assistant, assistant, user]), /message 2/);
});
