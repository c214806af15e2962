/**
 * Prints the templates in Jinja, by name, for `chat_template.py`.
 *
 * @module
 */

import { chatTemplate } from "../../lib/export/chat_template.ts";
import { ALPACA, PLAIN } from "../../lib/tokens/template.ts";

// deno-lint-ignore no-console -- The answer of a command.
console.log(JSON.stringify(Object.fromEntries(
  [ALPACA, PLAIN].map((template) => [template.name, chatTemplate(template)]),
)));
