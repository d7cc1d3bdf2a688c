import yaml
from django.db import migrations, models

NAMED = {
    "sqlite": """
        UPDATE library_claim SET target_id = (
            SELECT e.id FROM library_entry e WHERE e.public_id = json_extract(library_claim.value, '$')
        ) WHERE json_valid(value) AND json_type(value) = 'text' AND field = %s
          AND entry_id IN (SELECT id FROM library_entry WHERE workspace_id = %s AND type = %s)
    """,
    "postgresql": """
        UPDATE library_claim SET target_id = e.id FROM library_entry e, library_entry own
        WHERE jsonb_typeof(library_claim.value) = 'string' AND e.public_id = library_claim.value #>> '{}'
          AND library_claim.field = %s AND own.id = library_claim.entry_id AND own.workspace_id = %s AND own.type = %s
    """,
}


def note_named(apps, schema_editor):
    """Note the record that each relation names: its value is the record's permanent id."""
    for key, text in apps.get_model("spine", "Workspace").objects.values_list("pk", "blueprint"):
        for type_id, kind in (yaml.safe_load(text).get("types") or {}).items():
            for name, field in (kind.get("fields") or {}).items():
                if field.get("type") == "relation":
                    schema_editor.execute(NAMED[schema_editor.connection.vendor], [name, key, type_id])


class Migration(migrations.Migration):
    dependencies = [
        ("library", "0017_columns_of_saved_searches"),
        ("spine", "0002_marks_with_dates"),
    ]

    operations = [
        migrations.AddField(
            model_name="claim",
            name="target",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=models.deletion.SET_NULL,
                related_name="named_by",
                to="library.entry",
            ),
        ),
        migrations.RunPython(note_named, migrations.RunPython.noop),
        migrations.AddIndex(
            model_name="claim",
            index=models.Index(condition=models.Q(("target__isnull", False)), fields=["target"], name="claim_target"),
        ),
    ]
