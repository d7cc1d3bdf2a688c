from django.db import migrations, models

NAMED = {
    "sqlite": """
        UPDATE library_claim SET target_id = (
            SELECT e.id FROM library_entry e WHERE e.public_id = json_extract(library_claim.value, '$')
        ) WHERE json_valid(value) AND json_type(value) = 'text' AND length(value) BETWEEN 10 AND 18
          AND EXISTS (SELECT 1 FROM library_entry e WHERE e.public_id = json_extract(library_claim.value, '$'))
    """,
    "postgresql": """
        UPDATE library_claim SET target_id = e.id FROM library_entry e
        WHERE jsonb_typeof(library_claim.value) = 'string' AND length(library_claim.value #>> '{}') BETWEEN 8 AND 16
          AND e.public_id = library_claim.value #>> '{}'
    """,
}


def note_named(apps, schema_editor):
    """Note the record that each relation names: its value is the record's permanent id, which nothing else looks like."""
    schema_editor.execute(NAMED[schema_editor.connection.vendor])


class Migration(migrations.Migration):
    dependencies = [
        ("library", "0017_columns_of_saved_searches"),
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
