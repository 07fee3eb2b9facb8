// The form: what a person states.
import { html, nothing, type TemplateResult } from "lit";
import { live } from "lit/directives/live.js";
import type { Form, Step } from "./form.js";
import type { Format } from "./format.js";

const CURRENCIES = ["EUR", "USD", "GBP", "CHF", "SEK", "NOK", "DKK", "PLN", "CZK", "CAD", "AUD", "JPY", "INR"];
const ROUNDINGS = [
  ["ceil", "Up at each stage"],
  ["end", "Up once, at the end"],
  ["nearest", "To the nearest"],
  ["exact", "None"],
];

type Change = (change: Partial<Form>) => void;
/** Whether the core found fault with the part of the request that begins with this path. */
type Fault = (path: string) => "true" | "false";
const value = (event: Event) => (event.target as HTMLInputElement | HTMLSelectElement).value;

/** The whole form; `change` receives what became different, `at` is the place in the request that the core refused. */
export function inputs(form: Form, format: Format, at: string, change: Change): TemplateResult {
  const fault: Fault = (path) => (at.startsWith(path) ? "true" : "false");
  return html`
    <form @submit=${(event: Event) => event.preventDefault()} autocomplete="off">
      ${goal(form, fault, change)} ${funnel(form.steps, fault, (steps) => change({ steps }))} ${certainty(form, format, change)}
    </form>
  `;
}

function goal(form: Form, fault: Fault, change: Change) {
  const isRevenue = form.goal === "revenue";
  const choice = (goal: Form["goal"], label: string) => html`
    <label class="choice">
      <input type="radio" name="goal" value=${goal} .checked=${live(form.goal === goal)} @change=${() => change({ goal })} />
      <span>${label}</span>
    </label>
  `;
  return html`
    <fieldset>
      <legend>Goal</legend>
      <div class="segmented">${choice("revenue", "Revenue")}${choice("customers", "Customers")}</div>
      <div class="row">
        ${field("target", isRevenue ? "Target" : "Number of customers", form.target, fault(`goal.${form.goal}`), (target) => change({ target }))}
        ${
          isRevenue
            ? html`
                ${field("currency", "Currency", form.currency, fault("goal.revenue"), (currency) => change({ currency }), "code")}
                ${field("deal", "Deal size", form.deal, fault("deal_size"), (deal) => change({ deal }))}
              `
            : nothing
        }
      </div>
      <datalist id="currencies">${CURRENCIES.map((code) => html`<option value=${code}></option>`)}</datalist>
    </fieldset>
  `;
}

function field(name: string, label: string, text: string, fault: string, set: (text: string) => void, kind: "number" | "code" = "number") {
  return html`
    <label class="field ${kind}">
      <span>${label}</span>
      <input
        name=${name}
        aria-invalid=${fault}
        spellcheck="false"
        inputmode=${kind === "number" ? "decimal" : "text"}
        list=${kind === "code" ? "currencies" : nothing}
        .value=${live(text)}
        @input=${(event: Event) => set(value(event))}
      />
    </label>
  `;
}

function funnel(steps: Step[], fault: Fault, set: (steps: Step[]) => void) {
  const edit = (at: number, change: Partial<Step>) => set(steps.map((step, index) => (index === at ? { ...step, ...change } : step)));
  // A new stage mostly lies between the ones that are there, so it goes before the last.
  const add = () => set(steps.toSpliced(-1, 0, { stage: `Stage ${steps.length}`, rate: "" }));
  const remove = (at: number) => set(steps.toSpliced(at, 1).map((step, index) => (index === 0 ? { ...step, rate: "" } : step)));
  return html`
    <fieldset>
      <legend>Funnel</legend>
      <p class="hint" id="rate-hint">Rates as a percentage (<kbd>2 %</kbd>) or as counts (<kbd>20 of 1000</kbd>): counts also say how sure you can be.</p>
      <ol class="steps">
        <li class="heading" aria-hidden="true"><span>Stage</span><span>Rate into it</span></li>
        ${steps.map(
          ({ stage, rate }, at) => html`
            <li>
              <input
                name="stage"
                aria-label="Name of stage ${at + 1}"
                aria-invalid=${fault(`funnel[${at}]`)}
                spellcheck="false"
                .value=${live(stage)}
                @input=${(event: Event) => edit(at, { stage: value(event) })}
              />
              ${
                at === 0
                  ? html`<span class="hint">where it starts</span>`
                  : html`
                      <input
                        name="rate"
                        class="figure"
                        aria-label="Rate from ${steps[at - 1]?.stage} to ${stage}"
                        aria-invalid=${fault(`rates[${at - 1}]`)}
                        aria-describedby="rate-hint"
                        spellcheck="false"
                        .value=${live(rate)}
                        @input=${(event: Event) => edit(at, { rate: value(event) })}
                      />
                    `
              }
              <button type="button" class="icon" aria-label="Remove stage ${stage}" title="Remove" ?hidden=${steps.length === 1} @click=${() => remove(at)}>
                <svg viewBox="0 0 16 16" aria-hidden="true"><path d="M4 4l8 8M12 4l-8 8" /></svg>
              </button>
            </li>
          `,
        )}
      </ol>
      <button type="button" class="quiet" @click=${add}>Add a stage</button>
    </fieldset>
  `;
}

function certainty(form: Form, format: Format, change: Change) {
  const isChosen = form.confidence !== "";
  return html`
    <fieldset>
      <legend>How sure</legend>
      <div class="segmented">
        <label class="choice">
          <input type="radio" name="certainty" .checked=${live(!isChosen)} @change=${() => change({ confidence: "" })} />
          <span>On average</span>
        </label>
        <label class="choice">
          <input type="radio" name="certainty" .checked=${live(isChosen)} @change=${() => change({ confidence: form.confidence || "80" })} />
          <span>At ${format.statedPercent(form.confidence || "80")}</span>
        </label>
      </div>
      <div class="row">
        <label class="field range" ?hidden=${!isChosen}>
          <span>Probability of reaching the goal <b>${isChosen ? format.statedPercent(form.confidence) : ""}</b></span>
          <input
            type="range"
            name="confidence"
            min="50"
            max="95"
            .value=${live(form.confidence || "80")}
            @input=${(event: Event) => change({ confidence: value(event) })}
          />
        </label>
        <label class="field">
          <span>Rounding</span>
          <select name="rounding" @change=${(event: Event) => change({ rounding: value(event) })}>
            ${ROUNDINGS.map(([rounding, label]) => html`<option value=${rounding} .selected=${form.rounding === rounding}>${label}</option>`)}
          </select>
        </label>
      </div>
    </fieldset>
  `;
}
