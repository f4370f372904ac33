let d = 5; in ({ a ? d, d ? 6 }: [ a d ]) { }
