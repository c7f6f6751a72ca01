"""Our FHIR R4 message, both ways: a payload as a Bundle, a Bundle as a payload, and what each must keep to."""
