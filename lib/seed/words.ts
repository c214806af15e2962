/** Verbs that instructions are made of, in their plain form. */
export const VERBS: ReadonlySet<string> = new Set(
  `act add admit adjust adopt advise analyze answer apply arrange ask assess assign assume balance bake
  begin brainstorm break build calculate categorize cause change check choose cite clarify classify
  clean coin collect combine come comment compare compile complete compose compute conclude condense
  consider construct continue contrast convert cook copy correct count cover create critique cut debate decide
  decline decode deduce define delete derive describe design detect determine develop devise
  differentiate discuss distinguish divide do draft draw edit elaborate eliminate emphasize encode
  end estimate evaluate examine expand explain express extend extract fill find finish fix follow
  form formulate generate get give go group guess have help highlight identify illustrate imagine improve include
  increase indicate infer insert interpret introduce invent judge keep know label lead learn leave
  let link list live locate make map mark match mean measure mention modify move name need notice number offer
  order organize outline output paint paraphrase parse pick plan play point polish predict prepare present
  print proofread propose prove provide pull put rank rate read rearrange recommend reduce rephrase remove
  reorder reorganize repair repeat replace reply report respond retell return reverse revise reword rewrite
  rhyme round say search see select sell send sentence separate set shorten show simplify solve sort speak
  spell spot split start state stay stop suggest sum summarize supply take teach tell think
  transform translate trim try turn underline unscramble use verify visit want work write`
    .split(/\s+/),
);

/** Words that ask, and need an answer rather than an action. */
export const QUESTION_WORDS: ReadonlySet<string> = new Set(
  "what which who whom whose when where why how".split(" "),
);

/** Verbs that stand before the subject of a question. */
export const AUXILIARIES: ReadonlySet<string> = new Set(
  "am are can could did do does had has have is may might must shall should was were will would"
    .split(" "),
);

/** Forms of "to be". */
export const FORMS_OF_BE: ReadonlySet<string> = new Set(
  "am are be is was were".split(" "),
);

/** Words that end a noun phrase. */
export const BOUNDARIES: ReadonlySet<string> = new Set(
  `about above according across after against along among and around as at based because before behind below
  beside between beyond but by called containing describing despite during each except explaining
  for from given if in inside into involving is are was were be like near named of off on onto or
  out over per regarding related since so such than that then through to toward towards under
  until up upon using versus via was when where whether which while who whom whose why with within without how
  what can could do does should would will may must has have had suitable here there`
    .split(/\s+/),
);

/** Words that may open a noun phrase and are never its head. */
export const OPENERS: ReadonlySet<string> = new Set(
  `a an the this that these those my your his her its our their some any every all both several
  many few following given one two three four five six seven eight nine ten more most least each
  another other no me us him them it you only just also exactly very single`
    .split(/\s+/),
);

/** Words that can stand before the verb of a command and say nothing about it. */
export const FILLERS: ReadonlySet<string> = new Set(
  `please kindly now then first next finally briefly quickly carefully simply also just let's
  you'll your task is to i want need you would like`.split(/\s+/),
);
