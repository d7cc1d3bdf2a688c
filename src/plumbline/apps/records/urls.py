"""Addresses of workspaces and records; permanent ids stand at /r/."""

from django.urls import path

from plumbline.apps.records.views import (
    activity,
    deciding,
    editing,
    exports,
    flows,
    importing,
    lists,
    many,
    mapping,
    overviews,
    pictures,
    review,
    showing,
    small_maps,
    workspaces,
)

app_name = "records"
urlpatterns = [
    path("w/", workspaces.list_workspaces, name="workspace-list"),
    path("w/<slug:workspace>/", workspaces.show_workspace, name="workspace-show"),
    # The review desk, pairs and exports stand before the types, whose names come from blueprints.
    path("w/<slug:workspace>/review/", review.show_desk, name="review-desk"),
    path("w/<slug:workspace>/review/<slug:record>/", review.show_review, name="review-record"),
    path("w/<slug:workspace>/review/<slug:record>/act/", review.act, name="review-act"),
    path("w/<slug:workspace>/pairs/<int:pair>/", review.show_pair, name="pair-show"),
    path("w/<slug:workspace>/activity/", activity.show_activity, name="activity-show"),
    path("w/<slug:workspace>/<slug:type>/many/", many.change, name="record-many"),
    path("w/<slug:workspace>/<slug:type>/many/<int:act>/", many.show, name="many-show"),
    path("w/<slug:workspace>/<slug:type>/many/<int:act>/undo/", many.take_back, name="many-undo"),
    path("w/<slug:workspace>/<slug:type>/export.<slug:format>", exports.export, name="record-export"),
    path("w/<slug:workspace>/<slug:type>/", lists.list_records, name="record-list"),
    path("w/<slug:workspace>/<slug:type>/map/", overviews.show_map, name="record-map"),
    path("w/<slug:workspace>/<slug:type>/map/countries/", mapping.show_countries, name="record-map-countries"),
    path("w/<slug:workspace>/<slug:type>/map/flows/", flows.show_flows, name="record-map-flows"),
    path("w/<slug:workspace>/<slug:type>/map/small/", small_maps.show_small_maps, name="record-map-small"),
    path("w/<slug:workspace>/<slug:type>/map/<slug:view>.<slug:picture>", pictures.give_picture, name="record-picture"),
    path("w/<slug:workspace>/<slug:type>/clusters.json", overviews.give_clusters, name="record-clusters"),
    path("w/<slug:workspace>/<slug:type>/timeline/", overviews.show_timeline, name="record-timeline"),
    path("w/<slug:workspace>/<slug:type>/counts/", overviews.show_counts, name="record-count"),
    path("w/<slug:workspace>/<slug:type>/counts.<slug:picture>", pictures.give_counts, name="counts-picture"),
    path("w/<slug:workspace>/<slug:type>/new/", editing.new_record, name="record-new"),
    path("w/<slug:workspace>/<slug:type>/import/", importing.import_table, name="record-import"),
    path("w/<slug:workspace>/<slug:type>/mapping/forget/", importing.forget_mapping, name="mapping-forget"),
    path("w/<slug:workspace>/<slug:type>/import/<slug:imported>/", importing.show_import, name="import-show"),
    path("w/<slug:workspace>/<slug:type>/import/<slug:imported>/undo/", importing.undo_import, name="import-undo"),
    path(
        "w/<slug:workspace>/<slug:type>/import/<slug:imported>/refused.csv",
        importing.give_refused,
        name="import-refused",
    ),
    path("r/<slug:record>/", showing.show_record, name="record-show"),
    path("r/<slug:record>/edit/", editing.edit_record, name="record-edit"),
    path("r/<slug:record>/history/", showing.show_history, name="record-history"),
    path("r/<slug:record>/who/", showing.show_who, name="record-who"),
    path("r/<slug:record>/status/", deciding.set_status, name="record-status"),
    path("r/<slug:record>/decide/", deciding.decide_claims, name="record-decide"),
    path("r/<slug:record>/undo/", deciding.take_back, name="record-undo"),
]
