"""The language in which policies say when a criterion is met. See docs/policy-language.md.

An expression is read (`parser`), checked against the vocabulary (`types`) and made into a function
(`evaluate`) once, when the policies are loaded. It has no loops but those over lists of facts, no recursion
and no access to anything that the vocabulary (`facts`) does not name, so it always ends.
"""
