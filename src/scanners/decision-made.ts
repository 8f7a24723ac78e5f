/** What scanners are stopped with when nothing that they could say changes the decision any more. */
export class DecisionMade extends Error {
  constructor() {
    super("the decision was made");
    this.name = "DecisionMade";
  }
}
