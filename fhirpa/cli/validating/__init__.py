"""What `fhirpa validate` is made of.

`sources` finds what to validate, `guides` says by which tables, `check` validates one document, `work` many
over the cores, and the reporters (`text`, `json_report`, `sarif`, `junit`) write down what came of it.
"""
