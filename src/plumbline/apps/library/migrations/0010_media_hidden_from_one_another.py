from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("library", "0009_media")]

    operations = [migrations.RemoveConstraint(model_name="medium", name="one_medium_per_entry")]
