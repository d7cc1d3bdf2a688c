from collections import defaultdict

import yaml
from django.db import migrations

OPEN = ("proposed", "accepted")


def count_countries_on_routes(apps, schema_editor):
    """Countries on a route are facets now: write those of the records that stand, from the values that all their readers see."""
    workspace_model, entry_model, facet_model = (
        apps.get_model(*one) for one in (("spine", "Workspace"), ("library", "Entry"), ("library", "FacetValue"))
    )
    for workspace in workspace_model.objects.iterator():
        for type_id, names in fields_on_routes(workspace.blueprint).items():
            of_type = {"workspace_id": workspace.pk, "type": type_id}
            facet_model.objects.filter(field__in=names, **of_type).delete()
            rows = []
            for entry in entry_model.objects.filter(status__in=OPEN, **of_type).iterator(chunk_size=2000):
                rows += [
                    facet_model(entry_id=entry.pk, mark_class_id=entry.mark_class_id, status=entry.status, field=name,
                                value=value, **of_type)
                    for name in names
                    for value in dict.fromkeys(str(one)[:120] for one in entry.values.get(name, ()))
                ]  # fmt: skip
                if len(rows) > 2000:
                    facet_model.objects.bulk_create(rows, batch_size=500)
                    rows = []
            facet_model.objects.bulk_create(rows, batch_size=500)


def fields_on_routes(blueprint):
    """By type, the fields of countries on its route that were no facet."""
    found = defaultdict(list)
    for type_id, one in ((yaml.safe_load(blueprint) or {}).get("types") or {}).items():
        for name in dict.fromkeys((one.get("traits") or {}).get("route", {}).values()):
            spec = one["fields"].get(name) or {}
            if spec.get("type") == "country" and not spec.get("facet"):
                found[type_id].append(name)
    return found


class Migration(migrations.Migration):
    dependencies = [("library", "0011_saved_searches"), ("spine", "0001_initial")]

    operations = [migrations.RunPython(count_countries_on_routes, migrations.RunPython.noop)]
