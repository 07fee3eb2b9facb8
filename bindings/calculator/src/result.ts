// The answer: the funnel, the chance, the money and the arithmetic, or what the core says is wrong.
import type { Answer } from "backcast";
import { html, nothing, svg, type TemplateResult } from "lit";
import type { Form } from "./form.js";
import type { Format } from "./format.js";

type Plan = NonNullable<Answer["plan"]>;
type Topic = Plan["statements"][number]["topic"];

/** The answer to the form as it stands. */
export function result({ plan, error }: Answer, form: Form, format: Format): TemplateResult {
  if (error)
    return html`
      <div class="error">
        <strong>No plan yet</strong>
        <p>${typeset(error.message)}</p>
        <p class="hint">Allowed: ${typeset(error.allowed)}</p>
      </div>
    `;
  if (!plan) return html``;
  return html`
    ${plan.unreachable ? notice(plan.unreachable.limited_by, form, format) : nothing}
    ${plan.headline ? html`<p class="headline" data-figure="headline">${unbroken(plan.headline)}</p>` : nothing}
    ${said(plan, "plain_division").map((line) => html`<p class="said" data-figure="division">${line}</p>`)}
    ${summary(plan, form, format)} ${funnel(plan, form, format)}
    <details>
      <summary>How this was computed</summary>
      <ol class="explain">${plan.statements.map(({ sentence }) => html`<li>${typeset(sentence)}</li>`)}</ol>
    </details>
  `;
}

/** No line begins with a percent sign. */
function unbroken(text: string) {
  return text.replaceAll(" %", "\u00a0%");
}

/** What the plan says on a topic, as sentences that stand alone. */
function said({ statements }: Plan, asked: Topic) {
  return statements.filter(({ topic }) => topic === asked).map(({ sentence }) => html`${alone(sentence)}`);
}

function alone(sentence: string) {
  return `${sentence.charAt(0).toUpperCase()}${unbroken(sentence.slice(1))}.`;
}

/** The core sets what was given in backticks; here it stands out by its type. */
function typeset(text: string) {
  return unbroken(text)
    .split("`")
    .map((part, at) => (at % 2 === 1 ? html`<code>${part}</code>` : part));
}

/** No number is enough: why. */
function notice(limitedBy: string, form: Form, format: Format) {
  return html`
    <div class="error" data-figure="unreachable">
      <strong>The goal cannot be met with ${format.statedPercent(form.confidence)}</strong>
      <p>${alone(limitedBy)}</p>
    </div>
  `;
}

function summary({ stages, probability, revenue }: Plan, form: Form, format: Format) {
  const [first] = stages;
  const isChosen = form.confidence !== "";
  return html`
    <dl class="summary">
      <div class="main">
        <dt>${isChosen ? "Needed" : "On average"} at the start: ${first?.stage}</dt>
        <dd data-figure="first">${format.count(isChosen ? first?.needed : first?.whole)}</dd>
      </div>
      <div>
        <dt>Probability of the goal</dt>
        <dd data-figure="probability">${format.percent(probability)}</dd>
      </div>
      ${
        revenue
          ? html`
              <div>
                <dt>Revenue to expect</dt>
                <dd data-figure="revenue">${format.amount(revenue.expected)}&nbsp;${form.currency}</dd>
                <dd class="note">
                  80&nbsp;% interval: <span class="range">${format.amount(revenue.low)} to ${format.amount(revenue.high)}</span>
                </dd>
              </div>
            `
          : nothing
      }
    </dl>
  `;
}

function funnel({ stages }: Plan, form: Form, format: Format) {
  const isChosen = form.confidence !== "";
  const needed = `needed at ${format.statedPercent(form.confidence || "80")}`;
  const longest = Math.max(1, ...stages.flatMap((stage) => [stage.expected ?? 0, stage.needed ?? 0]));
  return html`
    <table>
      <caption>
        <span>The funnel</span>
        <span class="legend" aria-hidden="true"><i class="expected"></i>expected${isChosen ? html`<i class="needed"></i>${needed}` : nothing}</span>
      </caption>
      <thead>
        <tr>
          <th scope="col">Stage</th>
          <th scope="col" class="figure">Rate into it</th>
          <th scope="col" class="figure">Expected</th>
          ${isChosen ? html`<th scope="col" class="figure">N${needed.slice(1)}</th>` : nothing}
          <th scope="col" class="figure">Plain division</th>
        </tr>
      </thead>
      <tbody>
        ${stages.map(
          (stage, at) => html`
            <tr>
              <th scope="row"><span class="stage">${stage.stage}</span>${bar(stage.expected, isChosen ? stage.needed : null, longest)}</th>
              <td class="figure muted">${form.steps[at]?.rate}</td>
              <td class="figure" data-figure="expected">${format.mean(stage.expected)}</td>
              ${isChosen ? html`<td class="figure strong" data-figure="needed">${format.count(stage.needed)}</td>` : nothing}
              <td class="figure muted" data-figure="whole">${format.count(stage.whole)}</td>
            </tr>
          `,
        )}
      </tbody>
    </table>
    <p class="hint">Expected is what follows from the plan${
      isChosen
        ? `; needed is the checkpoint: what the stage must deliver so that the goal is met with ${format.statedPercent(form.confidence)}`
        : ""
    }.</p>
  `;
}

/** What is expected as a length, what is needed as a mark on the same scale; SVG, because a strict content policy forbids inline styles. */
function bar(expected: number | null | undefined, needed: number | null | undefined, longest: number) {
  const share = (count: number) => (100 * count) / longest;
  // A stage that is there must be seen, however small it is beside the first.
  const length = expected ? Math.max(0.6, share(expected)) : 0;
  const mark = needed == null ? nothing : svg`<rect class="needed" x="${share(needed)}%" width="3" height="100%"></rect>`;
  return html`<svg class="bar" aria-hidden="true">${svg`<rect class="expected" width="${length}%" height="100%" rx="3"></rect>${mark}`}</svg>`;
}
